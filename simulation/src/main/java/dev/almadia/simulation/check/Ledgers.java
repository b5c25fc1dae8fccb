// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.check;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What the checks know of all groups. */
final class Ledgers {
  /** What the checks have to know of a group. */
  record GroupFacts(boolean isPartition, boolean synced) {}

  private final Map<Long, GroupFacts> facts = new TreeMap<>();
  private final Map<Long, GroupLedger> ledgers = new TreeMap<>();

  void put(long groupId, GroupFacts group) {
    facts.put(groupId, group);
  }

  /** Null if the group is not known to exist. */
  @Nullable GroupFacts facts(long groupId) {
    return facts.get(groupId);
  }

  GroupLedger of(long groupId) {
    GroupLedger found = ledgers.get(groupId);
    if (found == null) {
      found = new GroupLedger(groupId);
      ledgers.put(groupId, found);
    }
    return found;
  }
}
