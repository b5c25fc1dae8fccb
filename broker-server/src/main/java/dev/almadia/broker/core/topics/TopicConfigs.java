// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.topics;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.Errors;
import dev.almadia.v1.Durability;
import dev.almadia.v1.TopicCompression;
import dev.almadia.v1.TopicConfig;
import org.jspecify.annotations.Nullable;

/** Defaults and limits of a topic's settings. */
public final class TopicConfigs {
  /** Default of max.batch.bytes. */
  public static final long MAX_BATCH_BYTES_DEFAULT = 1 << 20;

  /**
   * Most that max.batch.bytes may be: a message with such a batch stays below the 4 MiB that gRPC
   * clients take by default.
   */
  public static final long MAX_BATCH_BYTES_MAX = 3 << 20;

  /** Least: a single small record should always fit. */
  public static final long MAX_BATCH_BYTES_MIN = 1024;

  /** Least of dedup.window but 0: below it, clocks of brokers that differ matter too much. */
  public static final long DEDUP_WINDOW_MS_MIN = 1000;

  /** Most of dedup.window: all ids of it are in memory. */
  public static final long DEDUP_WINDOW_MS_MAX = 7L * 24 * 3600 * 1000;

  private TopicConfigs() {}

  /** The settings with all that is not set filled in. */
  public static TopicConfig withDefaults(TopicConfig config) {
    TopicConfig.Builder filled = config.toBuilder();
    if (config.getDurabilityValue() == Durability.DURABILITY_UNSPECIFIED_VALUE) {
      filled.setDurability(Durability.DURABILITY_QUORUM_SYNCED);
    }
    if (config.getMaxBatchBytes() == 0) {
      filled.setMaxBatchBytes(MAX_BATCH_BYTES_DEFAULT);
    }
    if (config.getCompressionValue() == TopicCompression.TOPIC_COMPRESSION_UNSPECIFIED_VALUE) {
      filled.setCompression(TopicCompression.TOPIC_COMPRESSION_ANY);
    }
    return filled.build();
  }

  /** Whether an acknowledgement of such a topic waits for fsync. */
  public static boolean isSynced(TopicConfig config) {
    return config.getDurability() != Durability.DURABILITY_QUORUM_BUFFERED;
  }

  /** Why these settings are not allowed, null if they are. */
  public static @Nullable BrokerError refusalOf(TopicConfig config) {
    if (config.getDurability() == Durability.UNRECOGNIZED) {
      return Errors.invalid(
          "topic.config.durability",
          String.valueOf(config.getDurabilityValue()),
          "must be QUORUM_SYNCED or QUORUM_BUFFERED");
    }
    if (config.getCompression() == TopicCompression.UNRECOGNIZED) {
      return Errors.invalid(
          "topic.config.compression",
          String.valueOf(config.getCompressionValue()),
          "must be ANY, NONE, GZIP, LZ4 or ZSTD");
    }
    long batchBytes = config.getMaxBatchBytes();
    if (batchBytes != 0 && (batchBytes < MAX_BATCH_BYTES_MIN || batchBytes > MAX_BATCH_BYTES_MAX)) {
      return Errors.invalid(
          "topic.config.max_batch_bytes",
          String.valueOf(batchBytes),
          "must be from " + MAX_BATCH_BYTES_MIN + " to " + MAX_BATCH_BYTES_MAX);
    }
    long windowMs = config.getDedupWindowMs();
    if (windowMs != 0 && (windowMs < DEDUP_WINDOW_MS_MIN || windowMs > DEDUP_WINDOW_MS_MAX)) {
      return Errors.invalid(
          "topic.config.dedup_window_ms",
          String.valueOf(windowMs),
          "must be 0, or from " + DEDUP_WINDOW_MS_MIN + " to " + DEDUP_WINDOW_MS_MAX);
    }
    return null;
  }
}
