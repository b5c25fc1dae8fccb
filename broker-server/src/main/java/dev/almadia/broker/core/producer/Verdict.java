// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.producer;

import java.util.List;

/** What a leader says to a {@link ProducerWrite} or an opening. */
public sealed interface Verdict {
  /** Why something is refused. */
  enum Refusal {
    /** The producer was opened again since. */
    FENCED,
    /** The producer was not opened with this epoch. */
    UNKNOWN_EPOCH,
    /** The producer numbers its records in the other way here. */
    NUMBERING_MIXED,
    /**
     * Later records are there, and these are not, or some of them: it is not the batch that was
     * sent, or it comes too late.
     */
    REGRESSED,
    /** Records before these are missing. */
    GAP,
    /** There are as many producers as the partition may have. */
    LIMIT
  }

  /**
   * The first parts are there already, the others are to be appended.
   *
   * @param offsets of the first records of the parts that are there, -1 where not known any more;
   *     as many as there are such parts
   */
  record Append(List<Long> offsets) implements Verdict {}

  /**
   * All is there already, or on its way into the log.
   *
   * @param offsets of the first records of the parts, -1 where not known any more
   */
  record Duplicate(List<Long> offsets) implements Verdict {}

  /**
   * Nothing is appended.
   *
   * @param refusal why
   * @param state what is known of the producer
   */
  record Refused(Refusal refusal, ProducerState state) implements Verdict {}
}
