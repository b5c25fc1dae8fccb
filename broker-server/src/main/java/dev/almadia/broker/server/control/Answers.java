// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.control;

import dev.almadia.broker.core.topics.Decision;
import dev.almadia.broker.server.BrokerException;
import dev.almadia.broker.server.grpc.Statuses;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;

/** Ends calls. Any thread. */
final class Answers {
  private Answers() {}

  static <R> void send(StreamObserver<R> observer, R answer) {
    observer.onNext(answer);
    observer.onCompleted();
  }

  /** Ends the call when the future does, with its error as a status. */
  static <R> void sendWhenDone(StreamObserver<R> observer, CompletableFuture<R> future) {
    var unused =
        future.whenComplete(
            (answer, thrown) -> {
              if (thrown == null) {
                send(observer, answer);
              } else {
                observer.onError(statusOf(thrown));
              }
            });
  }

  /** The value, or a {@link BrokerException} with the refusal. */
  static <T> T valueOf(Decision<T> decision) {
    if (decision instanceof Decision.Accepted<T> accepted) {
      return accepted.value();
    }
    throw new BrokerException(((Decision.Refused<T>) decision).error());
  }

  private static Throwable statusOf(Throwable thrown) {
    Throwable cause = Statuses.unwrap(thrown);
    if (cause instanceof StatusRuntimeException) {
      return cause;
    }
    var error = Statuses.errorOf(cause);
    return error == null
        ? io.grpc.Status.UNKNOWN.withCause(cause).asRuntimeException()
        : Statuses.toException(error);
  }
}
