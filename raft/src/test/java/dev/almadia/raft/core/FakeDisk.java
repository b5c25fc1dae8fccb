// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import dev.almadia.raft.core.config.ConfigHistory;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.config.GroupConfigCodec;
import dev.almadia.raft.core.log.LogStart;
import dev.almadia.raft.core.log.RestoredLog;
import dev.almadia.raft.core.log.TermRun;
import java.util.ArrayList;
import java.util.List;

/** What survives a crash of a replica. */
final class FakeDisk {
  /** One drained write with what waits for it. */
  record Round(
      HardState hardState,
      Effects.Reset reset,
      LogStart logStart,
      long truncateFrom,
      List<Entry> appended,
      LogMark mark,
      long commitIndex,
      List<Message> after) {}

  private final int selfId;
  private GroupConfig config;
  private long configIndex;
  private LogStart start = new LogStart(EntryId.ZERO, 0, 0);
  private final List<Entry> log = new ArrayList<>();
  private HardState hardState = HardState.INITIAL;
  private long commitIndex;

  FakeDisk(int selfId, GroupConfig config) {
    this.selfId = selfId;
    this.config = config;
  }

  void write(Round round) {
    if (round.hardState() != null) {
      if (round.hardState().term() < hardState.term()) {
        throw new AssertionError("term on disk falls: " + round.hardState() + " " + hardState);
      }
      hardState = round.hardState();
    }
    if (round.reset() != null) {
      log.clear();
      start = round.reset().start();
      config = round.reset().config();
      configIndex = round.reset().configIndex();
      commitIndex = start.index();
    }
    if (round.truncateFrom() != 0) {
      cut(round.truncateFrom());
      if (round.truncateFrom() != round.appended().get(0).index()) {
        throw new AssertionError("truncation without its entries");
      }
    }
    for (Entry entry : round.appended()) {
      if (entry.index() != lastIndex() + 1) {
        throw new AssertionError("gap on disk: " + entry + " after " + lastIndex());
      }
      log.add(entry);
    }
    commitIndex = Math.max(commitIndex, Math.min(round.commitIndex(), lastIndex()));
    if (round.logStart() != null) {
      removePrefix(round.logStart());
    }
  }

  /** Loses entries that were acknowledged: a log that was not synced, after a power cut. */
  void loseFrom(long index) {
    cut(index);
    commitIndex = Math.min(commitIndex, lastIndex());
  }

  private void cut(long fromIndex) {
    if (fromIndex > lastIndex() || fromIndex <= start.index()) {
      throw new AssertionError("nothing to truncate at " + fromIndex);
    }
    log.subList((int) (fromIndex - start.index()) - 1, log.size()).clear();
  }

  private void removePrefix(LogStart to) {
    if (to.index() > commitIndex || at(to.index()).term() != to.id().term()) {
      throw new AssertionError("removes up to " + to + ", commit " + commitIndex);
    }
    ConfigHistory.Placed kept = configAt(to.index());
    config = kept.config();
    configIndex = kept.index();
    log.subList(0, (int) (to.index() - start.index())).clear();
    start = to;
  }

  LogStart start() {
    return start;
  }

  HardState hardState() {
    return hardState;
  }

  long lastIndex() {
    return start.index() + log.size();
  }

  Entry at(long index) {
    return log.get((int) (index - start.index()) - 1);
  }

  boolean holds(EntryId id) {
    // What was cut was held until then.
    return id.index() <= start.index()
        || (id.index() <= lastIndex() && at(id.index()).term() == id.term());
  }

  EntryId idAt(long index) {
    return index == start.index() ? start.id() : at(index).id();
  }

  long nextOffsetAt(long index) {
    return index == start.index() ? start.nextOffset() : at(index).nextOffset();
  }

  List<Entry> read(long fromIndex, long maxBytes) {
    List<Entry> read = new ArrayList<>();
    long bytes = 0;
    for (long index = fromIndex; index <= lastIndex(); index++) {
      bytes += at(index).costBytes();
      if (!read.isEmpty() && bytes > maxBytes) {
        break;
      }
      read.add(at(index));
    }
    return read;
  }

  RestoredLog restore() {
    List<TermRun> runs = new ArrayList<>();
    for (Entry entry : log) {
      if (runs.isEmpty() || runs.get(runs.size() - 1).term() != entry.term()) {
        runs.add(new TermRun(entry.index(), entry.term()));
      }
    }
    ConfigHistory.Placed committed = configAt(commitIndex);
    return new RestoredLog(
        hardState,
        selfId,
        committed.config(),
        committed.index(),
        start.id(),
        start.nextOffset(),
        start.maxTimestampMs(),
        runs,
        commitIndex,
        nextOffsetAt(commitIndex),
        commitIndex == start.index()
            ? start.maxTimestampMs()
            : at(commitIndex).header().maxTimestampMs(),
        log.subList((int) (commitIndex - start.index()), log.size()),
        null);
  }

  private ConfigHistory.Placed configAt(long index) {
    for (long at = index; at > start.index(); at--) {
      if (at(at).kind() == EntryKind.CONFIG) {
        return new ConfigHistory.Placed(at, GroupConfigCodec.decode(at(at).payload()));
      }
    }
    return new ConfigHistory.Placed(configIndex, config);
  }

  List<Entry> all() {
    return List.copyOf(log);
  }
}
