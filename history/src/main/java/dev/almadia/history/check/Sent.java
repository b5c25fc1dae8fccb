// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history.check;

import dev.almadia.history.Outcome;
import dev.almadia.history.Produce;
import org.jspecify.annotations.Nullable;

/**
 * A request that carried a value.
 *
 * @param produce the request
 * @param index place of the value in it
 * @param earlier another request with the same value, if its sender gave it twice
 */
record Sent(Produce produce, int index, @Nullable Sent earlier) {
  /** How many copies of the value may be there. */
  int copiesMax() {
    int before = earlier == null ? 0 : earlier.copiesMax();
    return before + (refused() ? 0 : Math.max(1, produce.sending().attempts()));
  }

  /** One copy whatever happens: every request with it names the producer. */
  boolean idempotent() {
    return produce.sending().idempotent() && (earlier == null || earlier.idempotent());
  }

  /** Whether every request with the value was refused for good. */
  boolean allRefused() {
    return refused() && (earlier == null || earlier.allRefused());
  }

  long firstInvokedNanos() {
    long here = produce.call().invokedNanos();
    return earlier == null ? here : Math.min(here, earlier.firstInvokedNanos());
  }

  /** Whether one of the requests may have gone to this partition. */
  boolean mayBeIn(int partition) {
    return !produce.partition().known()
        || produce.partition().partition() == partition
        || (earlier != null && earlier.mayBeIn(partition));
  }

  private boolean refused() {
    return produce.outcome() == Outcome.NOT_APPLIED;
  }
}
