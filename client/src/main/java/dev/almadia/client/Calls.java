// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Unary calls with a deadline, and retry where a retry is safe. Any thread.
 *
 * <p>A read is tried again, at the next broker, when the answer was UNAVAILABLE, an overloaded
 * broker, or silence. A write is tried again only if it certainly was not applied: it never left
 * this process, or the server said so with a reason. Everything ends at the deadline.
 */
final class Calls {
  private static final long PAUSE_MS_MIN = 20;
  private static final long PAUSE_MS_MAX = 1_000;

  private final Brokers brokers;

  Calls(Brokers brokers) {
    this.brokers = brokers;
  }

  /**
   * Reads.
   *
   * @param deadline for all tries together
   * @param attempt for one try; a broker that says nothing for so long is given up for the next
   * @throws AlmadiaException if it failed
   */
  <Q, R> R read(MethodDescriptor<Q, R> method, Q request, Duration deadline, Duration attempt) {
    return retry(method, request, deadline, attempt, false);
  }

  /**
   * Writes.
   *
   * @throws AlmadiaException with the outcome
   */
  <Q, R> R write(MethodDescriptor<Q, R> method, Q request, Duration deadline) {
    return retry(method, request, deadline, deadline, true);
  }

  private <Q, R> R retry(
      MethodDescriptor<Q, R> method,
      Q request,
      Duration deadline,
      Duration attempt,
      boolean isWrite) {
    long endNanos = System.nanoTime() + deadline.toNanos();
    for (int tries = 1; ; tries++) {
      long leftNanos = Math.max(1, endNanos - System.nanoTime());
      Brokers.Target target = brokers.current();
      LeftProcess left = new LeftProcess();
      AlmadiaException failure;
      try {
        CallOptions options =
            CallOptions.DEFAULT
                .withDeadlineAfter(Math.min(leftNanos, attempt.toNanos()), TimeUnit.NANOSECONDS)
                .withStreamTracerFactory(left);
        return ClientCalls.blockingUnaryCall(target.channel(), method, options, request);
      } catch (StatusRuntimeException e) {
        failure = failure(e, isWrite, left.happened(), method, target);
      }
      boolean again = isWrite ? mayRepeatWrite(failure) : mayRepeatRead(failure);
      again |= mayAskNext(failure, tries);
      if (!again || Thread.currentThread().isInterrupted()) {
        throw failure;
      }
      brokers.failed(target);
      long pauseMs = pauseMs(tries, failure);
      if (System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(pauseMs) >= endNanos) {
        throw failure;
      }
      pause(pauseMs, failure);
    }
  }

  /**
   * One try at the broker in use, without waiting. A failure turns to the next broker; the future
   * fails with an {@link AlmadiaException}. It completes on a gRPC thread.
   */
  <Q, R> CompletableFuture<R> once(MethodDescriptor<Q, R> method, Q request, Duration deadline) {
    Brokers.Target target = brokers.current();
    LeftProcess left = new LeftProcess();
    CallOptions options =
        CallOptions.DEFAULT
            .withDeadlineAfter(deadline.toNanos(), TimeUnit.NANOSECONDS)
            .withStreamTracerFactory(left);
    CompletableFuture<R> result = new CompletableFuture<>();
    ClientCalls.asyncUnaryCall(
        target.channel().newCall(method, options),
        request,
        new StreamObserver<R>() {
          private @Nullable R answer;

          @Override
          public void onNext(R message) {
            answer = message;
          }

          @Override
          public void onError(Throwable error) {
            AlmadiaException failure = failure(error, true, left.happened(), method, target);
            if (failure.isTransient()) {
              brokers.failed(target);
            }
            result.completeExceptionally(failure);
          }

          @Override
          public void onCompleted() {
            if (answer != null) {
              result.complete(answer);
            } else {
              onError(Status.INTERNAL.withDescription("no answer").asRuntimeException());
            }
          }
        });
    return result;
  }

  private static AlmadiaException failure(
      Throwable error,
      boolean isWrite,
      boolean sent,
      MethodDescriptor<?, ?> method,
      Brokers.Target target) {
    String operation = String.valueOf(method.getBareMethodName());
    return isWrite
        ? AlmadiaException.ofWrite(error, sent, operation, target.address())
        : AlmadiaException.ofRead(error, operation, target.address());
  }

  private static boolean mayRepeatRead(AlmadiaException failure) {
    return failure.code() == Status.Code.UNAVAILABLE
        || failure.code() == Status.Code.DEADLINE_EXCEEDED
        || (failure.code() == Status.Code.RESOURCE_EXHAUSTED && failure.isTransient());
  }

  /** What is no broker never becomes one, but the other addresses may be right. */
  private boolean mayAskNext(AlmadiaException failure, int tries) {
    return failure.isStranger()
        && failure.outcome() == Outcome.NOT_APPLIED
        && tries < brokers.count();
  }

  private static boolean mayRepeatWrite(AlmadiaException failure) {
    return failure.outcome() == Outcome.NOT_APPLIED && mayRepeatRead(failure);
  }

  /** Doubling pause with a random part, so that many clients do not come back in one moment. */
  static long pauseMs(int tries, AlmadiaException failure) {
    long pauseMs = Math.min(PAUSE_MS_MAX, PAUSE_MS_MIN << Math.min(tries - 1, 10));
    long askedMs = Math.min(PAUSE_MS_MAX, failure.retryDelay().map(Duration::toMillis).orElse(0L));
    return Math.max(askedMs, pauseMs / 2 + ThreadLocalRandom.current().nextLong(pauseMs / 2 + 1));
  }

  private static void pause(long pauseMs, AlmadiaException failure) {
    try {
      TimeUnit.MILLISECONDS.sleep(pauseMs);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failure;
    }
  }
}
