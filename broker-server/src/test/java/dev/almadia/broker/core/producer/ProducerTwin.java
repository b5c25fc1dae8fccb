// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.producer;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.LongStream;

/** The rules as they are written down, over everything that was ever appended. Remembers all. */
final class ProducerTwin {
  /** A batch in the log, or on its way. */
  private record Stored(Segment segment, boolean routed, long firstOffset) {}

  private static final class One {
    long epoch;
    long session;
    final List<Stored> stored = new ArrayList<>();

    /** Sequences of which it is certain that they are here, or were sent elsewhere. */
    final Set<Long> complete = new TreeSet<>();

    /** The first sequences behind those of which nobody knows anything. */
    final List<Long> breaks = new ArrayList<>();

    long lastSequence() {
      return stored.stream().mapToLong(one -> one.segment().lastSequence()).max().orElse(0);
    }
  }

  private final Map<String, One> producers = new TreeMap<>();

  /**
   * What it says.
   *
   * @param verdict a refusal's name, "append" or "duplicate"
   * @param offsets of duplicates
   * @param mayRegress who does not remember everything may refuse a resend
   */
  record Said(String verdict, List<Long> offsets, boolean mayRegress) {
    Said(String verdict, List<Long> offsets) {
      this(verdict, offsets, false);
    }
  }

  ProducerTwin copy() {
    ProducerTwin copy = new ProducerTwin();
    producers.forEach(
        (id, one) -> {
          One same = new One();
          same.epoch = one.epoch;
          same.session = one.session;
          same.stored.addAll(one.stored);
          same.complete.addAll(one.complete);
          same.breaks.addAll(one.breaks);
          copy.producers.put(id, same);
        });
    return copy;
  }

  private One of(String id) {
    return producers.getOrDefault(id, new One());
  }

  Said judge(ProducerWrite write) {
    One one = of(write.producerId());
    if (write.epoch() != one.epoch) {
      return new Said(write.epoch() < one.epoch ? "FENCED" : "UNKNOWN_EPOCH", List.of());
    }
    if (one.stored.stream().anyMatch(stored -> stored.routed() != write.routed())) {
      return new Said("NUMBERING_MIXED", List.of());
    }
    List<Long> offsets = new ArrayList<>();
    boolean mayRegress = false;
    long last = one.lastSequence();
    for (ProducerWrite.Part part : write.parts()) {
      Segment segment = part.segment();
      if (segment.lastSequence() <= one.lastSequence()) {
        if (write.routed() && !isStored(one, segment) && !isComplete(one, segment)) {
          return new Said("REGRESSED", List.of(), true);
        }
        mayRegress |= write.routed() && !isNew(one, segment) && !isNewComplete(one, segment);
        offsets.add(
            one.stored.stream()
                .filter(stored -> stored.segment().equals(segment))
                .map(Stored::firstOffset)
                .findFirst()
                .orElse(-1L));
        continue;
      }
      if (segment.firstSequence() <= last) {
        return new Said("REGRESSED", List.of(), mayRegress);
      }
      if (part.previousSequence() > last) {
        return new Said("GAP", List.of(), mayRegress);
      }
      last = segment.lastSequence();
    }
    boolean isAll = offsets.size() == write.parts().size();
    return new Said(isAll ? "duplicate" : "append", offsets, mayRegress);
  }

  /** Whether it was appended: as this batch, or as a piece of others without gaps. */
  private static boolean isStored(One one, Segment segment) {
    if (one.stored.stream().anyMatch(stored -> stored.segment().equals(segment))) {
      return true;
    }
    return segment.isDense()
        && LongStream.rangeClosed(segment.firstSequence(), segment.lastSequence())
            .allMatch(sequence -> isStored(one, sequence));
  }

  private static boolean isStored(One one, long sequence) {
    return one.stored.stream()
        .map(Stored::segment)
        .anyMatch(
            known ->
                known.isDense()
                    && known.firstSequence() <= sequence
                    && sequence <= known.lastSequence());
  }

  private static boolean isComplete(One one, Segment segment) {
    return LongStream.rangeClosed(segment.firstSequence(), segment.lastSequence())
        .allMatch(one.complete::contains);
  }

  /** With less breaks behind it than are remembered. */
  private static boolean isNewComplete(One one, Segment segment) {
    long behind = one.breaks.stream().filter(first -> first > segment.lastSequence()).count();
    return isComplete(one, segment) && behind < ProducerState.SPANS_MAX;
  }

  private static boolean isNew(One one, Segment segment) {
    int old = Math.max(0, one.stored.size() - ProducerState.RUNS_MAX);
    return one.stored.subList(old, one.stored.size()).stream()
        .anyMatch(stored -> stored.segment().equals(segment));
  }

  Said judgeOpening(String id, long epoch, long session) {
    One one = of(id);
    if (epoch > one.epoch) {
      return new Said("append", List.of());
    }
    boolean isSame = epoch == one.epoch && session == one.session;
    return new Said(isSame ? "duplicate" : "FENCED", List.of());
  }

  void append(ProducerStamp stamp, long firstOffset) {
    One one = producers.computeIfAbsent(stamp.producerId(), id -> new One());
    long last = stamp.segments().get(stamp.segments().size() - 1).lastSequence();
    if (stamp.routed()) {
      if (one.complete.isEmpty() || stamp.completeFrom() > one.lastSequence() + 1) {
        one.breaks.add(stamp.completeFrom());
      }
      LongStream.rangeClosed(Math.max(stamp.completeFrom(), one.lastSequence() + 1), last)
          .forEach(one.complete::add);
    }
    long offset = firstOffset;
    for (Segment segment : stamp.segments()) {
      one.stored.add(new Stored(segment, stamp.routed(), offset));
      offset += segment.count();
    }
  }

  void open(String id, long epoch, long session) {
    One one = producers.computeIfAbsent(id, unused -> new One());
    if (epoch > one.epoch) {
      one.epoch = epoch;
      one.session = session;
    }
  }

  long epoch(String id) {
    return of(id).epoch;
  }

  long session(String id) {
    return of(id).session;
  }

  long lastSequence(String id) {
    return of(id).lastSequence();
  }

  /** Batches of a producer, the newest first. */
  List<Segment> newestFirst(String id) {
    List<Segment> all = new ArrayList<>();
    for (Stored one : of(id).stored) {
      all.add(0, one.segment());
    }
    return all;
  }

  int size() {
    return producers.size();
  }

  boolean knows(String id) {
    return producers.containsKey(id);
  }
}
