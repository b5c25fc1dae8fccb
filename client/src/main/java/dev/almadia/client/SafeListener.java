// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import dev.almadia.v1.ProduceStreamAck;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A listener whose errors stay here: records must be acknowledged whatever it does. Any thread. */
final class SafeListener {
  private static final Logger LOG = LoggerFactory.getLogger(SafeListener.class);

  private final String topic;
  private final ProducerListener listener;

  SafeListener(String topic, ProducerListener listener) {
    this.topic = topic;
    this.listener = listener;
  }

  void opened(Producer producer) {
    guarded(() -> listener.opened(producer));
  }

  void closed(Producer producer) {
    guarded(() -> listener.closed(producer));
  }

  void acknowledged(PendingBatch batch, ProduceStreamAck ack) {
    guarded(() -> listener.batchEnded(batch.report(topic, ack)));
  }

  void failed(PendingBatch batch, AlmadiaException error) {
    guarded(() -> listener.batchEnded(batch.report(topic, error)));
  }

  void streamFailed(AlmadiaException failure) {
    guarded(() -> listener.streamFailed(topic, failure));
  }

  private static void guarded(Runnable call) {
    try {
      call.run();
    } catch (RuntimeException e) {
      LOG.warn("a producer's listener failed", e);
    }
  }
}
