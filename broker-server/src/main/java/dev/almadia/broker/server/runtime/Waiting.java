// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.runtime;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for a state that nobody announces, during a stop; never on a shard or an event loop. */
final class Waiting {
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private Waiting() {}

  /**
   * Looks until the condition holds.
   *
   * @return whether it held in time
   */
  static boolean until(BooleanSupplier condition, long millisMax) {
    long startNanos = System.nanoTime();
    long maxNanos = TimeUnit.MILLISECONDS.toNanos(millisMax);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - startNanos >= maxNanos || Thread.currentThread().isInterrupted()) {
        return condition.getAsBoolean();
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
    return true;
  }
}
