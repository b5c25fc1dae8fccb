// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.testing;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryDraft;
import dev.almadia.raft.core.EntryId;
import dev.almadia.raft.core.EntryKind;
import java.util.ArrayList;
import java.util.List;

/** Makes entries. */
public final class Entries {
  private Entries() {}

  /** One record of the given size. */
  public static Entry entry(long groupId, long term, long index, int payloadBytes) {
    EntryDraft draft = new EntryDraft(EntryKind.DATA, index, index, new byte[payloadBytes]);
    return Entry.seal(groupId, new EntryId(term, index), draft);
  }

  /** Consecutive entries. */
  public static List<Entry> entries(long groupId, long term, long fromIndex, long toIndex) {
    List<Entry> entries = new ArrayList<>();
    for (long index = fromIndex; index <= toIndex; index++) {
      entries.add(entry(groupId, term, index, 36));
    }
    return entries;
  }
}
