// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage.testing;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.HardState;
import dev.almadia.raft.core.log.TermRun;
import dev.almadia.raft.store.GroupWrite;
import dev.almadia.storage.LogDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** One group in the plain model. */
final class PlainGroup {
  HardState hardState = HardState.INITIAL;
  final List<Entry> entries = new ArrayList<>();
  long commitIndex;

  long lastIndex() {
    return entries.size();
  }

  Entry at(long index) {
    return entries.get((int) index - 1);
  }

  PlainGroup copy() {
    PlainGroup copy = new PlainGroup();
    copy.hardState = hardState;
    copy.entries.addAll(entries);
    copy.commitIndex = commitIndex;
    return copy;
  }

  void apply(GroupWrite write) {
    hardState = write.hardState() == null ? hardState : write.hardState();
    if (write.truncateFrom() != 0 && write.truncateFrom() <= lastIndex()) {
      entries.subList((int) write.truncateFrom() - 1, entries.size()).clear();
    }
    entries.addAll(write.entries());
    commitIndex = Math.max(commitIndex, Math.min(write.commitIndex(), lastIndex()));
  }

  List<TermRun> termRuns() {
    List<TermRun> runs = new ArrayList<>();
    for (Entry entry : entries) {
      if (runs.isEmpty() || runs.get(runs.size() - 1).term() != entry.term()) {
        runs.add(new TermRun(entry.index(), entry.term()));
      }
    }
    return runs;
  }

  String fingerprint(long groupId) {
    LogDigest digest = new LogDigest();
    entries.forEach(digest::add);
    return PlainLogs.fingerprint(
        groupId, hardState, commitIndex, lastIndex(), HexFormat.of().formatHex(digest.value()));
  }
}
