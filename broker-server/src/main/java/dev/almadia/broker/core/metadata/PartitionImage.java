// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.metadata;

import dev.almadia.raft.core.config.ReplicaId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A partition as metadata knows it. Members are replica ids ({@link ReplicaId}), so that a replica
 * that was removed or lost with its disk is never taken for the one that follows it.
 *
 * @param partition number, from 0
 * @param groupId its Raft group, from {@link MetadataImage#FIRST_PARTITION_GROUP}
 * @param target replica ids that the group should have; the first is meant to lead
 * @param leaving replica ids that still exist, or may, and go when the group has left them
 * @param lives by broker: lives below this are over; brokers on their first life are not in it
 * @param createdWith broker ids that the group was created with; their first lives are its first
 *     configuration, which is in no entry of its log
 * @param targetRevision metadata index at which the target was set; what a group reports must be
 *     about this one. Another order of the same replicas is no other target
 * @param isSettled whether the group has, by its own report, exactly its target
 */
public record PartitionImage(
    int partition,
    long groupId,
    List<Integer> target,
    List<Integer> leaving,
    NavigableMap<Integer, Integer> lives,
    List<Integer> createdWith,
    long targetRevision,
    boolean isSettled) {
  /** Copies the collections. */
  public PartitionImage {
    target = List.copyOf(target);
    leaving = List.copyOf(leaving);
    createdWith = List.copyOf(createdWith);
    lives =
        lives.isEmpty()
            ? Collections.emptyNavigableMap()
            : Collections.unmodifiableNavigableMap(new TreeMap<>(lives));
  }

  /** A new partition with the first lives of these brokers. */
  static PartitionImage created(int partition, long groupId, List<Integer> brokerIds, long index) {
    return new PartitionImage(
        partition,
        groupId,
        brokerIds,
        List.of(),
        Collections.emptyNavigableMap(),
        brokerIds,
        index,
        true);
  }

  /** Broker ids of the target, in its order. */
  public List<Integer> replicas() {
    return brokersOf(target);
  }

  /** Replica ids that exist or should: target, then leaving. */
  public List<Integer> present() {
    List<Integer> all = new ArrayList<>(target);
    all.addAll(leaving);
    return all;
  }

  /**
   * The replica that this broker should run, 0 for none: the one that it should have, or the newest
   * that is leaving and not lost, because the group may need its vote until it has left.
   */
  public int replicaOn(int brokerId) {
    for (int replica : target) {
      if (ReplicaId.broker(replica) == brokerId) {
        return replica;
      }
    }
    int newest = 0;
    for (int replica : leaving) {
      if (ReplicaId.broker(replica) == brokerId
          && ReplicaId.life(replica) >= lives.getOrDefault(brokerId, 0)) {
        newest = Math.max(newest, replica);
      }
    }
    return newest;
  }

  /** Whether a replica is or should be on this broker. */
  public boolean touches(int brokerId) {
    return contains(target, brokerId) || contains(leaving, brokerId);
  }

  /** Whether a replica should be on this broker. */
  public boolean wants(int brokerId) {
    return contains(target, brokerId);
  }

  /** Broker that is meant to lead. */
  public int preferredLeader() {
    return ReplicaId.broker(target.get(0));
  }

  Members members() {
    return new Members(target, leaving, lives);
  }

  /** With other members; the target counts as set at this index if it changed. */
  PartitionImage with(Members members, long index) {
    boolean isSame = new TreeSet<>(members.target()).equals(new TreeSet<>(target));
    return new PartitionImage(
        partition,
        groupId,
        members.target(),
        members.leaving(),
        members.lives(),
        createdWith,
        isSame ? targetRevision : index,
        isSame && isSettled);
  }

  /** With nothing left behind. */
  PartitionImage settled() {
    Members members = members().settle();
    return new PartitionImage(
        partition,
        groupId,
        target,
        members.leaving(),
        members.lives(),
        createdWith,
        targetRevision,
        true);
  }

  static List<Integer> brokersOf(List<Integer> replicaIds) {
    List<Integer> brokerIds = new ArrayList<>(replicaIds.size());
    replicaIds.forEach(replica -> brokerIds.add(ReplicaId.broker(replica)));
    return Collections.unmodifiableList(brokerIds);
  }

  private static boolean contains(List<Integer> replicaIds, int brokerId) {
    for (int replica : replicaIds) {
      if (ReplicaId.broker(replica) == brokerId) {
        return true;
      }
    }
    return false;
  }
}
