// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history;

import java.util.Comparator;

/**
 * A partition of one incarnation of a topic.
 *
 * @param topic name of the topic
 * @param topicId id of the incarnation: a topic that was deleted and made again has another one
 * @param partition number, or {@link #UNKNOWN} if the broker chose by key and did not tell
 */
public record PartitionId(String topic, long topicId, int partition)
    implements Comparable<PartitionId> {
  /** Partition number of a write whose partition is not known. */
  public static final int UNKNOWN = -1;

  private static final Comparator<PartitionId> ORDER =
      Comparator.comparingLong(PartitionId::topicId)
          .thenComparingInt(PartitionId::partition)
          .thenComparing(PartitionId::topic);

  /** Whether the partition number is known. */
  public boolean known() {
    return partition != UNKNOWN;
  }

  @Override
  public int compareTo(PartitionId other) {
    return ORDER.compare(this, other);
  }

  /** "orders/3 (topic id 17)", for people. */
  @Override
  public String toString() {
    return topic
        + "/"
        + (known() ? Integer.toString(partition) : "?")
        + " (topic id "
        + topicId
        + ")";
  }
}
