// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import dev.almadia.v1.OpenProducerResponse;
import dev.almadia.v1.ProducerServiceGrpc;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Opens an idempotent producer, as often as needed. All methods under the producer's lock. */
final class ProducerOpening {
  /** The producer. All methods but {@link #locked} are called under its lock. */
  interface Owner {
    /** Takes the lock, runs the step, and gives it back. */
    void locked(Runnable step);

    /** The session is open. */
    void opened();

    /** It was refused for good, and so is everything that waits for it. */
    void refused(AlmadiaException failure);
  }

  private final ProducerSession session;
  private final Brokers brokers;
  private final Calls calls;
  private final ScheduledExecutorService timer;
  private final ProducerOptions options;
  private final Owner owner;
  private int strangersInRow;
  private boolean pausing;

  ProducerOpening(ProducerContext context, ProducerSession session, Owner owner) {
    this.session = session;
    this.brokers = context.brokers();
    this.calls = new Calls(brokers);
    this.timer = context.timer();
    this.options = context.options();
    this.owner = owner;
  }

  /** Begins if the session is not open and no pause is due. */
  void pump() {
    if (!session.isNew() || pausing) {
      return;
    }
    AlmadiaException last = session.lastFailure();
    if (last == null) {
      begin();
      return;
    }
    pausing = true;
    try {
      var unused =
          timer.schedule(
              () -> owner.locked(this::pauseOver),
              Calls.pauseMs(session.failuresInRow(), last),
              TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      // The client is closed; what waits fails with its producer.
    }
  }

  private void pauseOver() {
    pausing = false;
    if (session.isNew()) {
      begin();
    }
  }

  private void begin() {
    var unused =
        calls
            .once(
                ProducerServiceGrpc.getOpenProducerMethod(), session.begin(), options.ackTimeout())
            .whenComplete((answer, error) -> owner.locked(() -> done(answer, error)));
  }

  private void done(@Nullable OpenProducerResponse answer, @Nullable Throwable error) {
    if (session.end() != null) {
      return;
    }
    if (answer != null) {
      strangersInRow = 0;
      session.opened(answer);
      if (session.isOpen()) {
        owner.opened();
      }
      return;
    }
    AlmadiaException failure = failureOf(error);
    strangersInRow = failure.isStranger() ? strangersInRow + 1 : 0;
    boolean mayAskNext = failure.isStranger() && strangersInRow < brokers.count();
    if (mayAskNext) {
      brokers.failed(brokers.current());
    }
    if (!session.refused(failure, mayAskNext)) {
      owner.refused(failure);
    }
  }

  private static AlmadiaException failureOf(@Nullable Throwable error) {
    Throwable cause = error instanceof CompletionException ? error.getCause() : error;
    return cause instanceof AlmadiaException failure
        ? failure
        : ProducerErrors.badAnswer(String.valueOf(cause));
  }
}
