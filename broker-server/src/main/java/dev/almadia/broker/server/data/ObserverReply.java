// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.server.grpc.Statuses;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends a unary call. The end may come on a shard, so nothing is thrown there, whatever became of
 * the connection.
 *
 * @param <R> the answer
 */
final class ObserverReply<R> implements Reply<R> {
  private static final Logger LOG = LoggerFactory.getLogger(ObserverReply.class);

  private final StreamObserver<R> observer;

  private ObserverReply(StreamObserver<R> observer) {
    this.observer = observer;
  }

  /**
   * A reply to the call.
   *
   * @param onCancel run when the caller is gone
   */
  static <R> ObserverReply<R> of(StreamObserver<R> observer, Runnable onCancel) {
    ((ServerCallStreamObserver<R>) observer).setOnCancelHandler(onCancel);
    return new ObserverReply<>(observer);
  }

  @Override
  public void done(R answer) {
    quietly(
        () -> {
          observer.onNext(answer);
          observer.onCompleted();
        });
  }

  @Override
  public void failed(BrokerError error) {
    quietly(() -> observer.onError(Statuses.toException(error)));
  }

  static void quietly(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException e) {
      LOG.debug("the caller is gone", e);
    }
  }
}
