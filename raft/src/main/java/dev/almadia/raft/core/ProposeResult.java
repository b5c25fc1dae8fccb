// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

/**
 * Answer to a proposal.
 *
 * @param outcome what became of it
 * @param firstIndex index of the first entry if accepted, else 0
 */
public record ProposeResult(Outcome outcome, long firstIndex) {
  /** What became of a proposal. Everything but ACCEPTED means: certainly not in the log. */
  public enum Outcome {
    /** Appended in memory; committed or not later. */
    ACCEPTED,
    /** This replica does not lead, or not in the expected term. */
    NOT_LEADER,
    /** It hands leadership over at the moment. */
    TRANSFERRING,
    /** Too many bytes are uncommitted. */
    OVERLOADED
  }
}
