// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.server.BrokerContext;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Steps that follow later, whose exceptions would otherwise be lost in a future. */
final class Later {
  private static final Logger LOG = LoggerFactory.getLogger(Later.class);

  private Later() {}

  /**
   * Runs a short step after a pause, on a timer thread. If the timers have stopped the broker is at
   * its end, and so are all calls.
   */
  static void run(BrokerContext broker, Runnable step, long pauseMs) {
    try {
      Future<?> unused =
          broker.timers().schedule(() -> logged(step), pauseMs, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      LOG.debug("the broker has stopped", e);
    }
  }

  /** Runs a step with the answer of a future or with what it failed with. */
  static <T> void whenDone(
      CompletableFuture<T> future, BiConsumer<@Nullable T, @Nullable Throwable> step) {
    CompletableFuture<T> unused =
        future.whenComplete((answer, thrown) -> logged(() -> step.accept(answer, thrown)));
  }

  private static void logged(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException e) {
      LOG.error("a step of a call failed", e);
    }
  }
}
