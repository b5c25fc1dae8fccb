// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history.check;

import dev.almadia.history.Call;
import dev.almadia.history.FinalRead;
import dev.almadia.history.PartitionId;
import dev.almadia.history.Produce;
import dev.almadia.history.Read;
import dev.almadia.history.ReplicaLog;
import dev.almadia.history.Resolve;
import dev.almadia.history.Seen;
import dev.almadia.history.Value;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All that was said of one partition. Filled by {@link Evidence}, then only read. */
final class PartitionEvidence {
  /** Two answers that do not agree. */
  record Conflict(Sighting first, Sighting second) {}

  final PartitionId id;

  /** Requests that were told their offsets, in the order of invocation. */
  final List<Produce> acks = new ArrayList<>();

  /** Reads that were answered, in the order of invocation. */
  final List<Read> reads = new ArrayList<>();

  /** Questions that were answered, in the order of invocation. */
  final List<Resolve> resolves = new ArrayList<>();

  /** Final reads that were answered. */
  final List<FinalRead> finals = new ArrayList<>();

  final List<ReplicaLog> replicas = new ArrayList<>();
  final OffsetTable<Cell> cells = new OffsetTable<>();

  /** What was seen, without mere repetitions. */
  final List<Sighting> sightings = new ArrayList<>();

  /** Acknowledgements and reads that contradict an earlier one of their kind. */
  final List<Conflict> conflicts = new ArrayList<>();

  /** Highest log start that anybody was told. */
  long logStartMax;

  /** Records below it may have been trimmed, because somebody asked; all, if they may expire. */
  long trimmableBefore;

  /** An acknowledgement here may be taken back by a power loss, so little can be demanded. */
  boolean buffered;

  PartitionEvidence(PartitionId id) {
    this.id = id;
  }

  /** The one that closes the history: the latest that was answered. */
  @Nullable FinalRead last() {
    return finals.isEmpty() ? null : finals.get(finals.size() - 1);
  }

  void add(Produce produce) {
    buffered |= produce.sending().durability() == Produce.Durability.BUFFERED;
    if (!produce.placed()) {
      return;
    }
    acks.add(produce);
    long offset = produce.written().firstOffset();
    for (Value value : produce.values()) {
      Sighting sighting = new Sighting(offset, value, produce.call());
      Cell cell = known(offset, produce.call());
      if (cell.acked == null) {
        cell.acked = sighting;
      } else if (!cell.acked.value().equals(value)) {
        conflicts.add(new Conflict(cell.acked, sighting));
      }
      offset++;
    }
  }

  void add(Read read) {
    if (!read.succeeded()) {
      return;
    }
    reads.add(read);
    logStartMax = Math.max(logStartMax, read.answer().logStartOffset());
    for (Seen seen : read.answer().records()) {
      read(seen, read.call());
    }
  }

  void add(Resolve resolve) {
    if (!resolve.succeeded()) {
      return;
    }
    resolves.add(resolve);
    if (resolve.question().position() == Resolve.Position.EARLIEST) {
      logStartMax = Math.max(logStartMax, resolve.offset());
    }
  }

  void add(FinalRead whole) {
    if (whole.succeeded()) {
      finals.add(whole);
      logStartMax = Math.max(logStartMax, whole.logStartOffset());
    }
  }

  void add(ReplicaLog log) {
    replicas.add(log);
  }

  /** To be called once after everything was added. */
  void settle(Evidence evidence) {
    int lastIndex = finals.size() - 1;
    for (int i = 0; i <= lastIndex; i++) {
      FinalRead whole = finals.get(i);
      for (Seen seen : whole.records()) {
        if (i == lastIndex) {
          keep(seen, whole.call());
        } else {
          read(seen, whole.call());
        }
      }
    }
    for (ReplicaLog log : replicas) {
      for (Seen seen : log.records()) {
        stored(seen, log.call());
      }
    }
    cells.forEach(
        cell -> {
          Value settled = cell.settled();
          cell.sent = settled == null ? null : evidence.sent(settled);
        });
  }

  private void read(Seen seen, Call call) {
    Cell cell = known(seen, call);
    if (seen.value().damaged()) {
      sighted(seen, call);
    } else if (cell.read == null) {
      cell.read = sighted(seen, call);
    } else if (!cell.read.value().equals(seen.value())) {
      conflicts.add(new Conflict(cell.read, sighted(seen, call)));
    }
  }

  private void keep(Seen seen, Call call) {
    Cell cell = known(seen, call);
    if (cell.kept != null) {
      // The same offset twice in one answer: density says so; a different value is a conflict.
      if (!cell.kept.value().equals(seen.value())) {
        conflicts.add(new Conflict(cell.kept, sighted(seen, call)));
      }
    } else if (cell.read != null && cell.read.value().equals(seen.value())) {
      cell.kept = new Sighting(seen.offset(), seen.value(), call);
    } else {
      cell.kept = sighted(seen, call);
    }
  }

  private void stored(Seen seen, Call call) {
    Cell cell = cells.computeIfAbsent(seen.offset(), Cell::new);
    if (cell.replica == null) {
      cell.replica = new Sighting(seen.offset(), seen.value(), call);
    }
    Value settled = cell.settled();
    if (settled == null || !settled.equals(seen.value())) {
      sighted(seen, call);
    }
  }

  private Sighting sighted(Seen seen, Call call) {
    Sighting sighting = new Sighting(seen.offset(), seen.value(), call);
    sightings.add(sighting);
    return sighting;
  }

  private Cell known(Seen seen, Call call) {
    Cell cell = known(seen.offset(), call);
    if (seen.timestampMillis() != Seen.NO_TIME && cell.timestampMillis == Seen.NO_TIME) {
      cell.timestampMillis = seen.timestampMillis();
    }
    return cell;
  }

  private Cell known(long offset, Call call) {
    Cell cell = cells.computeIfAbsent(offset, Cell::new);
    cell.knownNanos = Math.min(cell.knownNanos, call.completedNanos());
    return cell;
  }
}
