// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

/**
 * Something that the protocol promises was found false. The process must stop: whatever it did next
 * could destroy data that others still hold. An {@link Error}, so that no catch of exceptions on
 * the way turns it into an expected outcome.
 */
public final class InvariantViolation extends Error {
  private static final long serialVersionUID = 1;

  /** A broken rule, in words. */
  public InvariantViolation(String message) {
    super(message);
  }

  private InvariantViolation(String message, InvariantViolation cause) {
    super(message, cause);
  }

  /** The same with the state in which it was found. */
  InvariantViolation in(String state) {
    return new InvariantViolation(getMessage() + " in " + state, this);
  }
}
