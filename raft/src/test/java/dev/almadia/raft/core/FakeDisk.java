// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import dev.almadia.raft.core.config.ConfigHistory;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.config.GroupConfigCodec;
import dev.almadia.raft.core.log.RestoredLog;
import dev.almadia.raft.core.log.TermRun;
import java.util.ArrayList;
import java.util.List;

/** What survives a crash of a replica. */
final class FakeDisk {
  /** One drained write with what waits for it. */
  record Round(
      HardState hardState,
      long truncateFrom,
      List<Entry> appended,
      LogMark mark,
      long commitIndex,
      List<Message> after) {}

  private final int selfId;
  private final GroupConfig config;
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
    if (round.truncateFrom() != 0) {
      cut(round.truncateFrom());
      if (round.truncateFrom() != round.appended().get(0).index()) {
        throw new AssertionError("truncation without its entries");
      }
    }
    for (Entry entry : round.appended()) {
      if (entry.index() != log.size() + 1) {
        throw new AssertionError("gap on disk: " + entry + " after " + log.size());
      }
      log.add(entry);
    }
    commitIndex = Math.max(commitIndex, Math.min(round.commitIndex(), log.size()));
  }

  /** Loses entries that were acknowledged: a log that was not synced, after a power cut. */
  void loseFrom(long index) {
    cut(index);
    commitIndex = Math.min(commitIndex, log.size());
  }

  private void cut(long fromIndex) {
    if (fromIndex > log.size()) {
      throw new AssertionError("nothing to truncate at " + fromIndex);
    }
    log.subList((int) fromIndex - 1, log.size()).clear();
  }

  HardState hardState() {
    return hardState;
  }

  long lastIndex() {
    return log.size();
  }

  Entry at(long index) {
    return log.get((int) index - 1);
  }

  boolean holds(EntryId id) {
    return id.index() <= log.size() && at(id.index()).term() == id.term();
  }

  EntryId idAt(long index) {
    return index == 0 ? EntryId.ZERO : at(index).id();
  }

  long nextOffsetAt(long index) {
    return index == 0 ? 0 : at(index).nextOffset();
  }

  List<Entry> read(long fromIndex, long maxBytes) {
    List<Entry> read = new ArrayList<>();
    long bytes = 0;
    for (long index = fromIndex; index <= log.size(); index++) {
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
        EntryId.ZERO,
        0,
        runs,
        commitIndex,
        nextOffsetAt(commitIndex),
        commitIndex == 0 ? 0 : at(commitIndex).header().maxTimestampMs(),
        log.subList((int) commitIndex, log.size()));
  }

  private ConfigHistory.Placed configAt(long index) {
    for (long at = index; at > 0; at--) {
      if (at(at).kind() == EntryKind.CONFIG) {
        return new ConfigHistory.Placed(at, GroupConfigCodec.decode(at(at).payload()));
      }
    }
    return new ConfigHistory.Placed(0, config);
  }

  List<Entry> all() {
    return List.copyOf(log);
  }
}
