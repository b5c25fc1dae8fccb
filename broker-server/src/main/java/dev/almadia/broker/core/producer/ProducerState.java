// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.producer;

import java.util.ArrayList;
import java.util.List;

/**
 * What a partition knows of one producer. Immutable: a leader keeps what is appended beside what is
 * applied.
 *
 * @param epoch raised by each opening; 0 if it was never opened
 * @param session number that the opening drew, so that two that took the same epoch are told apart
 * @param numbering how it numbers its records
 * @param lastSequence the highest sequence here, 0 if there is none
 * @param lastOffset offset of the record with that sequence, -1 if there is none
 * @param lastAppendMs when it was appended, milliseconds since 1970; 0 if there is none
 * @param runs where its newest records are, ascending
 * @param complete sequences of which all that were sent here are here, ascending; none if it names
 *     the partition, because then it is all of them up to the last
 */
public record ProducerState(
    long epoch,
    long session,
    Numbering numbering,
    long lastSequence,
    long lastOffset,
    long lastAppendMs,
    List<Run> runs,
    List<Span> complete) {
  /** How a producer numbers its records. */
  public enum Numbering {
    /** It has none here yet. */
    NONE,
    /** It names the partition: without gaps in each. */
    NAMED,
    /** The broker chooses the partition: without gaps over all of them. */
    ROUTED
  }

  /**
   * Records side by side.
   *
   * @param segment their sequences
   * @param firstOffset offset of the first
   */
  public record Run(Segment segment, long firstOffset) {}

  /**
   * Sequences side by side; some of their records may have gone to other partitions.
   *
   * @param first the first
   * @param last the last
   */
  public record Span(long first, long last) {
    /** Checks the bounds. */
    public Span {
      if (first < 1 || last < first) {
        throw new IllegalArgumentException("sequences from " + first + " to " + last);
      }
    }
  }

  /**
   * Most spans that are remembered. A new one begins where a stream begins behind records of which
   * this partition does not know whether some were for it.
   */
  static final int SPANS_MAX = 16;

  /**
   * Most runs that are remembered: a producer resends what it has not heard of, which is what fits
   * into a window, mostly a run or two. The offset of an older duplicate is not known any more.
   */
  static final int RUNS_MAX = 16;

  /** Of a producer that was never seen. */
  static final ProducerState NEW =
      new ProducerState(0, 0, Numbering.NONE, 0, -1, 0, List.of(), List.of());

  /** Copies the lists. */
  public ProducerState {
    runs = List.copyOf(runs);
    complete = List.copyOf(complete);
  }

  /** After an opening. */
  ProducerState opened(long newEpoch, long newSession) {
    return new ProducerState(
        newEpoch, newSession, numbering, lastSequence, lastOffset, lastAppendMs, runs, complete);
  }

  /**
   * After records were appended. The epoch is that of the records where the producer is transient,
   * and was forgotten between the leader's judgement and now: what the leader knew is in the stamp.
   */
  ProducerState appended(ProducerStamp stamp, long firstOffset, long appendMs) {
    List<Run> newRuns = new ArrayList<>(runs);
    long offset = firstOffset;
    long last = lastSequence;
    for (Segment segment : stamp.segments()) {
      addRun(newRuns, segment, offset);
      offset += segment.count();
      last = segment.lastSequence();
    }
    return new ProducerState(
        Math.max(epoch, stamp.epoch()),
        session,
        stamp.routed() ? Numbering.ROUTED : Numbering.NAMED,
        last,
        offset - 1,
        appendMs,
        newest(newRuns, RUNS_MAX),
        stamp.routed() ? newest(withSpan(stamp.completeFrom(), last), SPANS_MAX) : complete);
  }

  private static <T> List<T> newest(List<T> all, int max) {
    return all.size() > max ? all.subList(all.size() - max, all.size()) : all;
  }

  private static void addRun(List<Run> known, Segment segment, long firstOffset) {
    Run last = known.isEmpty() ? null : known.get(known.size() - 1);
    if (last != null && continues(last, segment, firstOffset)) {
      Segment before = last.segment();
      Segment joined =
          new Segment(
              before.firstSequence(), segment.lastSequence(), before.count() + segment.count());
      known.set(known.size() - 1, new Run(joined, last.firstOffset()));
    } else {
      known.add(new Run(segment, firstOffset));
    }
  }

  /**
   * Nothing is missing between the last sequence and what is appended if the sender vouches for all
   * of that. If it does not, some of it may have been sent here, and lost:
   *
   * <pre>
   *   last is 10; a stream that began with 21 brings 25..27: of 11..20 nobody knows anything, and
   *   21..27 is complete
   * </pre>
   */
  private List<Span> withSpan(long completeFrom, long last) {
    List<Span> spans = new ArrayList<>(complete);
    int newest = spans.size() - 1;
    if (newest >= 0 && completeFrom <= lastSequence + 1) {
      spans.set(newest, new Span(spans.get(newest).first(), last));
    } else {
      spans.add(new Span(completeFrom, last));
    }
    return spans;
  }

  /** Joined runs have no gaps, so that a sequence in them tells its offset. */
  private static boolean continues(Run last, Segment segment, long firstOffset) {
    Segment before = last.segment();
    return before.isDense()
        && segment.isDense()
        && before.lastSequence() + 1 == segment.firstSequence()
        && last.firstOffset() + before.count() == firstOffset
        && before.count() + (long) segment.count() <= Integer.MAX_VALUE;
  }

  /** Whether these records, which are not behind the last, are certainly here. */
  boolean isComplete(Segment segment) {
    for (Span span : complete) {
      if (span.first() <= segment.firstSequence() && segment.lastSequence() <= span.last()) {
        return true;
      }
    }
    return false;
  }

  /** Offset of a segment's first record, -1 if it is not known any more. */
  long offsetOf(Segment segment) {
    for (Run run : runs) {
      Segment known = run.segment();
      if (known.equals(segment)) {
        return run.firstOffset();
      }
      if (known.isDense()
          && segment.isDense()
          && known.firstSequence() <= segment.firstSequence()
          && segment.lastSequence() <= known.lastSequence()) {
        return run.firstOffset() + segment.firstSequence() - known.firstSequence();
      }
    }
    return -1;
  }
}
