// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.metadata;

import dev.almadia.v1.TopicConfig;
import java.util.List;
import java.util.Map;

/**
 * A topic as metadata knows it.
 *
 * @param name its name
 * @param topicId its identity: the metadata index at which it was created
 * @param replicationFactor replicas of each partition
 * @param config settings, with all defaults filled in
 * @param labels free labels
 * @param partitions by number
 * @param revision metadata index of its last change; the etag shows it
 * @param createTimeMs when it was created, milliseconds since 1970
 */
public record TopicImage(
    String name,
    long topicId,
    int replicationFactor,
    TopicConfig config,
    Map<String, String> labels,
    List<PartitionImage> partitions,
    long revision,
    long createTimeMs) {
  /** Copies the collections. */
  public TopicImage {
    labels = Map.copyOf(labels);
    partitions = List.copyOf(partitions);
  }
}
