// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault;

import dev.almadia.simulation.kernel.SimRandom;

/**
 * A kind of fault. A new one is one small class: give it a name, a line of text and a duration;
 * draw in {@link #draw} all that it needs to know (whom, how much) from the given chance and
 * nothing else; do it in {@link Fault#begin} through the {@link Hold}, which remembers what the
 * fault holds and takes it back at the end. Then add it to {@code kinds.FaultKinds}; the tests
 * there try every kind on a real cluster.
 *
 * <p>Who must be chosen late, such as a leader, is chosen at the begin, by {@link Hold#random}.
 * Immutable; any thread.
 */
public interface FaultKind {
  /** Name for the command line: small letters and hyphens. */
  String name();

  /** What it is, one line. */
  String text();

  /** How long one lasts. */
  Span lasts();

  /** Whether such a cluster can have it. */
  default boolean fits(FaultShape shape) {
    return true;
  }

  /** Whether it ends a process that starts again. */
  default boolean restartsBrokers() {
    return false;
  }

  /** Whether what was written and not synced may be gone after it. */
  default boolean losesUnsynced() {
    return false;
  }

  /** Whether brokers come or go by it. */
  default boolean changesMembers() {
    return false;
  }

  /** Whether it cannot be in one plan with kinds that restart brokers. */
  default boolean needsLastingProcesses() {
    return false;
  }

  /**
   * One of it.
   *
   * @param random for this one alone
   * @param shape fits
   */
  Fault draw(SimRandom random, FaultShape shape);
}
