// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.server.BrokerContext;
import dev.almadia.raft.store.StoreException;
import dev.almadia.v1.ErrorReason;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs what blocks on the read pool, and turns whatever goes wrong there into an error. */
final class ReadPoolWork {
  private static final Logger LOG = LoggerFactory.getLogger(ReadPoolWork.class);

  private ReadPoolWork() {}

  /**
   * Runs the work, or says why it was not done.
   *
   * @param topic topic and partition that it is about, for the error
   */
  static void run(
      BrokerContext broker,
      String topic,
      int partition,
      Runnable work,
      Consumer<BrokerError> failed) {
    try {
      broker.readPool().execute(() -> guarded(broker, topic, partition, work, failed));
    } catch (RejectedExecutionException e) {
      failed.accept(Errors.throttled("read pool", 0));
    }
  }

  private static void guarded(
      BrokerContext broker,
      String topic,
      int partition,
      Runnable work,
      Consumer<BrokerError> failed) {
    try {
      work.run();
    } catch (StoreException e) {
      if (e.reason() != StoreException.Reason.NOT_FOUND) {
        LOG.error("partition {} of topic {} cannot be read", partition, topic, e);
      }
      failed.accept(Positions.storeFailure(e, topic, partition, broker.brokerId()));
    } catch (RuntimeException e) {
      LOG.error("a read of partition {} of topic {} failed", partition, topic, e);
      failed.accept(
          BrokerError.of(
              ErrorReason.ERROR_REASON_INTERNAL,
              "Internal error of broker " + broker.brokerId() + "; its log says more",
              "broker_id",
              broker.brokerId()));
    }
  }
}
