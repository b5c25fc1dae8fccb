// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage.testing;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryId;
import dev.almadia.raft.core.EntryKind;
import dev.almadia.raft.core.HardState;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.config.GroupConfigCodec;
import dev.almadia.raft.core.log.Checkpoint;
import dev.almadia.raft.core.log.LogStart;
import dev.almadia.raft.core.log.TermRun;
import dev.almadia.raft.store.GroupWrite;
import dev.almadia.raft.store.LogReset;
import dev.almadia.raft.store.NewReplica;
import dev.almadia.storage.LogDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One group in the plain model. */
final class PlainGroup {
  final NewReplica replica;
  HardState hardState = HardState.INITIAL;
  final List<Entry> entries = new ArrayList<>();
  LogStart start = new LogStart(EntryId.ZERO, 0, 0);
  GroupConfig startConfig;
  long startConfigIndex;
  long commitIndex;
  @Nullable Checkpoint checkpoint;

  PlainGroup(NewReplica replica) {
    this.replica = replica;
    this.startConfig = replica.config();
  }

  long firstIndex() {
    return start.index() + 1;
  }

  long lastIndex() {
    return start.index() + entries.size();
  }

  boolean holds(long index) {
    return index >= firstIndex() && index <= lastIndex();
  }

  Entry at(long index) {
    return entries.get((int) (index - firstIndex()));
  }

  /** The place behind an entry, or the start of the log. */
  LogStart placeAt(long index) {
    if (index == start.index()) {
      return start;
    }
    Entry entry = at(index);
    return new LogStart(entry.id(), entry.nextOffset(), entry.header().maxTimestampMs());
  }

  PlainGroup copy() {
    PlainGroup copy = new PlainGroup(replica);
    copy.hardState = hardState;
    copy.entries.addAll(entries);
    copy.start = start;
    copy.startConfig = startConfig;
    copy.startConfigIndex = startConfigIndex;
    copy.commitIndex = commitIndex;
    copy.checkpoint = checkpoint;
    return copy;
  }

  void apply(GroupWrite write) {
    hardState = write.hardState() == null ? hardState : write.hardState();
    LogReset reset = write.reset();
    if (reset != null) {
      entries.clear();
      start = reset.start();
      startConfig = reset.config();
      startConfigIndex = reset.configIndex();
      commitIndex = start.index();
      checkpoint = null;
    }
    if (write.truncateFrom() != 0 && write.truncateFrom() <= lastIndex()) {
      entries.subList((int) (write.truncateFrom() - firstIndex()), entries.size()).clear();
    }
    entries.addAll(write.entries());
    commitIndex = Math.max(commitIndex, Math.min(write.commitIndex(), lastIndex()));
    moveStart(write.logStart());
    checkpoint = write.checkpoint() == null ? checkpoint : write.checkpoint();
  }

  private void moveStart(@Nullable LogStart to) {
    if (to != null && to.index() > start.index()) {
      long index = configAt(to.index());
      startConfig = configOf(index);
      startConfigIndex = index;
      entries.subList(0, (int) (to.index() - start.index())).clear();
      start = to;
    }
  }

  /** Index of the newest committed configuration, 0 if it is the first one. */
  long configIndex() {
    return configAt(commitIndex);
  }

  private long configAt(long atIndex) {
    long index = atIndex;
    while (index >= firstIndex() && at(index).kind() != EntryKind.CONFIG) {
      index--;
    }
    return index < firstIndex() ? startConfigIndex : index;
  }

  private GroupConfig configOf(long index) {
    return holds(index) ? GroupConfigCodec.decode(at(index).payload()) : startConfig;
  }

  GroupConfig config() {
    return configOf(configIndex());
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
        replica.selfId()
            + " "
            + config()
            + "@"
            + configIndex()
            + " "
            + hardState
            + " "
            + start
            + (" " + PlainLogs.show(checkpoint)),
        commitIndex,
        lastIndex(),
        HexFormat.of().formatHex(digest.value()));
  }
}
