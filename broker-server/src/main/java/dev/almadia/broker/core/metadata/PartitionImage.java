// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.metadata;

import java.util.List;

/**
 * A partition as metadata knows it.
 *
 * @param partition number, from 0
 * @param groupId its Raft group, from {@link MetadataImage#FIRST_PARTITION_GROUP}
 * @param replicas broker ids; the first is meant to lead at the start
 */
public record PartitionImage(int partition, long groupId, List<Integer> replicas) {
  /** Copies the list. */
  public PartitionImage {
    replicas = List.copyOf(replicas);
  }
}
