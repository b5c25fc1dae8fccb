// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

/**
 * Is told of each durable step. In production there is nothing behind it and no way to put
 * something there; tests end the process at each step in turn and look at what is left.
 *
 * <p>Called by the thread that does the step; for {@link DurableStep#FLUSH} that is one of
 * RocksDB's.
 */
@FunctionalInterface
interface CrashPoints {
  /** Nothing happens. */
  CrashPoints NONE = (step, done) -> {};

  /** The step is about to be done, or is done. */
  void reached(DurableStep step, boolean done);

  /** The step is about to be done. */
  default void before(DurableStep step) {
    reached(step, false);
  }

  /** The step is done. */
  default void after(DurableStep step) {
    reached(step, true);
  }
}
