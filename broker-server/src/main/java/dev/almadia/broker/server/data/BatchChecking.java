// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.metadata.TopicImage;
import dev.almadia.broker.core.topics.Decision;
import dev.almadia.broker.server.BrokerContext;
import dev.almadia.internal.v1.OpaqueRecordBatch;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks a batch where it holds nobody up: what is short on the thread that brings it, what has to
 * inflate much on the read pool, whose size so bounds the memory that inflating takes.
 */
final class BatchChecking {
  private static final Logger LOG = LoggerFactory.getLogger(BatchChecking.class);

  /** Pause before the next try when the pool is full, in milliseconds. */
  private static final long POOL_PAUSE_MS = 10;

  private final BrokerContext broker;
  private final TopicImage topic;
  private final @Nullable Integer partition;
  private final int keyless;
  private final OpaqueRecordBatch batch;

  /**
   * A check.
   *
   * @param topic the topic with its present limits
   * @param partition as the caller named it, null if it did not
   * @param keyless partition for records without a key, where the caller named none
   */
  BatchChecking(
      BrokerContext broker,
      TopicImage topic,
      @Nullable Integer partition,
      int keyless,
      OpaqueRecordBatch batch) {
    this.broker = broker;
    this.topic = topic;
    this.partition = partition;
    this.keyless = keyless;
    this.batch = batch;
  }

  /**
   * Does it; a full pool is waited for.
   *
   * @param next hears of the parts once, on this or another thread
   */
  void run(Patience patience, Consumer<Decision<List<BatchParts.Part>>> next) {
    if (!BatchParts.isLong(batch)) {
      next.accept(parts());
      return;
    }
    try {
      broker.readPool().execute(() -> next.accept(guarded()));
    } catch (RejectedExecutionException e) {
      if (patience.nextPauseMs() < 0) {
        next.accept(Decision.refuse(Errors.throttled("read pool", 0)));
      } else {
        Later.run(broker, () -> run(patience, next), POOL_PAUSE_MS);
      }
    }
  }

  private Decision<List<BatchParts.Part>> parts() {
    return BatchParts.of(topic, partition, batch, keyless);
  }

  private Decision<List<BatchParts.Part>> guarded() {
    try {
      return parts();
    } catch (RuntimeException e) {
      LOG.error("the check of a batch for topic {} failed", topic.name(), e);
      return Decision.refuse(Errors.internal(broker.brokerId()));
    }
  }
}
