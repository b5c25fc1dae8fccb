// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.producer;

import dev.almadia.broker.core.producer.ProducerState.Numbering;
import dev.almadia.broker.core.producer.Verdict.Refusal;
import java.util.ArrayList;
import java.util.List;

/**
 * What may be appended. A sequence that is there is never appended again, and none is appended
 * before the one that it follows; so each record is there once, in the producer's order, however
 * often and over whatever connections it is sent.
 */
final class ProducerRules {
  private ProducerRules() {}

  /** All parts or none are appended, but for those at the beginning that are there already. */
  static Verdict judge(ProducerState state, ProducerWrite write) {
    if (write.epoch() < state.epoch()) {
      return new Verdict.Refused(Refusal.FENCED, state);
    }
    boolean neverOpened = write.epoch() == 0 && ProducerTable.isTransient(write.producerId());
    if (write.epoch() > state.epoch() || neverOpened) {
      return new Verdict.Refused(Refusal.UNKNOWN_EPOCH, state);
    }
    Numbering numbering = write.routed() ? Numbering.ROUTED : Numbering.NAMED;
    if (state.numbering() != Numbering.NONE && state.numbering() != numbering) {
      return new Verdict.Refused(Refusal.NUMBERING_MIXED, state);
    }
    List<Long> offsets = new ArrayList<>(0);
    long lastSequence = state.lastSequence();
    for (ProducerWrite.Part part : write.parts()) {
      Segment segment = part.segment();
      if (segment.lastSequence() <= state.lastSequence()) {
        long offset = state.offsetOf(segment);
        if (offset < 0 && !isThere(state, write, segment)) {
          return new Verdict.Refused(Refusal.REGRESSED, state);
        }
        offsets.add(offset);
      } else if (segment.firstSequence() <= lastSequence) {
        return new Verdict.Refused(Refusal.REGRESSED, state);
      } else if (part.previousSequence() > lastSequence) {
        return new Verdict.Refused(Refusal.GAP, state);
      }
      lastSequence = Math.max(lastSequence, segment.lastSequence());
    }
    return offsets.size() == write.parts().size()
        ? new Verdict.Duplicate(offsets)
        : new Verdict.Append(offsets);
  }

  /**
   * Whether records at or before the last sequence, of which no run is remembered, are certainly
   * there. Where sequences have gaps a later batch may have come before an earlier one, which is
   * not there then. To tell others that a batch is there which is not would lose it.
   *
   * <pre>
   *   two calls at once, routed: 6..10 comes first and is appended; 1..5 comes, and is refused
   * </pre>
   */
  private static boolean isThere(ProducerState state, ProducerWrite write, Segment segment) {
    return !write.routed() || state.isComplete(segment);
  }

  /**
   * An opening takes an epoch that is above the present one. The same again, with the same session,
   * is the same opening sent twice.
   */
  static Verdict judgeOpening(ProducerState state, long epoch, long session) {
    if (epoch > state.epoch()) {
      return new Verdict.Append(List.of());
    }
    return epoch == state.epoch() && session == state.session()
        ? new Verdict.Duplicate(List.of())
        : new Verdict.Refused(Refusal.FENCED, state);
  }
}
