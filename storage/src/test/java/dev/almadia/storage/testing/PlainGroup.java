// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage.testing;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryKind;
import dev.almadia.raft.core.HardState;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.config.GroupConfigCodec;
import dev.almadia.raft.core.log.TermRun;
import dev.almadia.raft.store.GroupWrite;
import dev.almadia.raft.store.NewReplica;
import dev.almadia.storage.LogDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** One group in the plain model. */
final class PlainGroup {
  final NewReplica replica;
  HardState hardState = HardState.INITIAL;
  final List<Entry> entries = new ArrayList<>();
  long commitIndex;

  PlainGroup(NewReplica replica) {
    this.replica = replica;
  }

  long lastIndex() {
    return entries.size();
  }

  Entry at(long index) {
    return entries.get((int) index - 1);
  }

  PlainGroup copy() {
    PlainGroup copy = new PlainGroup(replica);
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

  /** Index of the newest committed configuration, 0 if it is the first one. */
  long configIndex() {
    long index = commitIndex;
    while (index > 0 && at(index).kind() != EntryKind.CONFIG) {
      index--;
    }
    return index;
  }

  GroupConfig config() {
    long index = configIndex();
    return index == 0 ? replica.config() : GroupConfigCodec.decode(at(index).payload());
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
        groupId,
        replica.selfId() + " " + config() + "@" + configIndex() + " " + hardState,
        commitIndex,
        lastIndex(),
        HexFormat.of().formatHex(digest.value()));
  }
}
