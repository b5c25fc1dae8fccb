// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.topics;

import com.google.protobuf.Timestamp;
import dev.almadia.broker.core.metadata.TopicImage;
import dev.almadia.v1.Topic;

/** A topic as the API shows it. */
public final class Topics {
  private static final long MS_PER_SECOND = 1000;
  private static final int NANOS_PER_MS = 1_000_000;

  private Topics() {}

  /** The topic for an answer. */
  public static Topic toProto(TopicImage image) {
    return Topic.newBuilder()
        .setTopic(image.name())
        .setPartitions(image.partitions().size())
        .setReplicationFactor(image.replicationFactor())
        .setConfig(image.config())
        .putAllLabels(image.labels())
        .setTopicId(image.topicId())
        .setEtag(etag(image))
        .setCreateTime(timestamp(image.createTimeMs()))
        .build();
  }

  /** Changes with each update, and differs from that of any other topic. */
  public static String etag(TopicImage image) {
    return String.valueOf(image.revision());
  }

  private static Timestamp timestamp(long timeMs) {
    return Timestamp.newBuilder()
        .setSeconds(Math.floorDiv(timeMs, MS_PER_SECOND))
        .setNanos((int) Math.floorMod(timeMs, MS_PER_SECOND) * NANOS_PER_MS)
        .build();
  }
}
