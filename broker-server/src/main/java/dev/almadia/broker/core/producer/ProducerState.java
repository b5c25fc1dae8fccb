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
 */
public record ProducerState(
    long epoch,
    long session,
    Numbering numbering,
    long lastSequence,
    long lastOffset,
    long lastAppendMs,
    List<Run> runs) {
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
   * Most runs that are remembered: a producer resends what it has not heard of, which is what fits
   * into a window, mostly a run or two. The offset of an older duplicate is not known any more.
   */
  static final int RUNS_MAX = 16;

  /** Of a producer that was never seen. */
  static final ProducerState NEW = new ProducerState(0, 0, Numbering.NONE, 0, -1, 0, List.of());

  /** Copies the list. */
  public ProducerState {
    runs = List.copyOf(runs);
  }

  /** After an opening. */
  ProducerState opened(long newEpoch, long newSession) {
    return new ProducerState(
        newEpoch, newSession, numbering, lastSequence, lastOffset, lastAppendMs, runs);
  }

  /** After a segment was appended. */
  ProducerState appended(boolean routed, Segment segment, long firstOffset, long appendMs) {
    return new ProducerState(
        epoch,
        session,
        routed ? Numbering.ROUTED : Numbering.NAMED,
        segment.lastSequence(),
        firstOffset + segment.count() - 1,
        appendMs,
        withRun(segment, firstOffset));
  }

  private List<Run> withRun(Segment segment, long firstOffset) {
    List<Run> changed = new ArrayList<>(runs);
    Run last = runs.isEmpty() ? null : runs.get(runs.size() - 1);
    if (last != null && continues(last, segment, firstOffset)) {
      Segment before = last.segment();
      Segment joined =
          new Segment(
              before.firstSequence(), segment.lastSequence(), before.count() + segment.count());
      changed.set(runs.size() - 1, new Run(joined, last.firstOffset()));
    } else {
      changed.add(new Run(segment, firstOffset));
    }
    return changed.size() > RUNS_MAX ? changed.subList(1, changed.size()) : changed;
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

  /** Whether a run with this segment may have been there that is not remembered any more. */
  boolean mayHaveForgotten(Segment segment) {
    return runs.size() == RUNS_MAX
        && segment.lastSequence() < runs.get(0).segment().firstSequence();
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
