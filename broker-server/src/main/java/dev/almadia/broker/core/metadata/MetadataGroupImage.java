// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.metadata;

import dev.almadia.raft.core.config.ReplicaId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Who holds the metadata: group 0 as it should be. Every broker is a member, so that each holds the
 * whole image; a few vote. Without voters the cluster was not formed yet, or by a version that did
 * not manage this group: then it has whoever it was formed with.
 *
 * @param voters replica ids that should vote, in the order of their choice
 * @param learners replica ids that should follow without a vote, by broker
 * @param leaving replica ids that may still be members and should not be
 * @param lives by broker: lives below this are over
 * @param formedWith incarnations of those who formed the cluster and were not heard of since
 * @param targetRevision metadata index at which voters or learners changed last
 * @param isSettled whether the group has, by its own report, exactly these members
 */
public record MetadataGroupImage(
    List<Integer> voters,
    List<Integer> learners,
    List<Integer> leaving,
    NavigableMap<Integer, Integer> lives,
    NavigableMap<Integer, String> formedWith,
    long targetRevision,
    boolean isSettled) {
  /** Not formed, or not managed. */
  public static final MetadataGroupImage NONE =
      new MetadataGroupImage(
          List.of(),
          List.of(),
          List.of(),
          Collections.emptyNavigableMap(),
          Collections.emptyNavigableMap(),
          0,
          true);

  /** Copies the collections. */
  public MetadataGroupImage {
    voters = List.copyOf(voters);
    learners = List.copyOf(learners);
    leaving = List.copyOf(leaving);
    lives = Collections.unmodifiableNavigableMap(new TreeMap<>(lives));
    formedWith = Collections.unmodifiableNavigableMap(new TreeMap<>(formedWith));
  }

  /** Formed by these brokers, given with their incarnations: all vote. */
  static MetadataGroupImage formed(NavigableMap<Integer, String> brokers, long index) {
    return new MetadataGroupImage(
        List.copyOf(brokers.keySet()),
        List.of(),
        List.of(),
        Collections.emptyNavigableMap(),
        brokers,
        index,
        true);
  }

  /**
   * After a broker was heard of. One that formed the cluster and comes with another incarnation has
   * lost what it formed it with, though nobody knew it yet.
   */
  MetadataGroupImage met(int brokerId, String incarnation, long index) {
    String formed = formedWith.get(brokerId);
    if (formed == null) {
      return this;
    }
    NavigableMap<Integer, String> rest = new TreeMap<>(formedWith);
    rest.remove(brokerId);
    MetadataGroupImage met =
        new MetadataGroupImage(voters, learners, leaving, lives, rest, targetRevision, isSettled);
    return formed.equals(incarnation)
        ? met
        : met.with(met.members().lose(brokerId), voters.size(), index);
  }

  /** Whether metadata say who is a member. */
  public boolean isManaged() {
    return !voters.isEmpty();
  }

  /** Broker ids of the voters, in their order. */
  public List<Integer> voterBrokers() {
    return PartitionImage.brokersOf(voters);
  }

  /** Broker ids of the learners, ascending. */
  public List<Integer> learnerBrokers() {
    return PartitionImage.brokersOf(learners);
  }

  /** Whether this broker should vote. */
  public boolean votes(int brokerId) {
    return voterBrokers().contains(brokerId);
  }

  /** Which life of its replica a member broker is to have; 0 if it is no member. */
  public int lifeOf(int brokerId) {
    for (int replica : members().target()) {
      if (ReplicaId.broker(replica) == brokerId) {
        return ReplicaId.life(replica);
      }
    }
    return 0;
  }

  /** Voters and learners as one target. */
  Members members() {
    List<Integer> target = new ArrayList<>(voters);
    target.addAll(learners);
    return new Members(target, leaving, lives);
  }

  /** With members of which the first so many vote. */
  MetadataGroupImage with(Members members, int voterCount, long index) {
    List<Integer> votes = members.target().subList(0, voterCount);
    List<Integer> follow = members.target().subList(voterCount, members.target().size());
    boolean same = votes.equals(voters) && follow.equals(learners);
    return new MetadataGroupImage(
        votes,
        follow,
        members.leaving(),
        members.lives(),
        formedWith,
        same ? targetRevision : index,
        same && isSettled);
  }

  /** With nothing left behind. */
  MetadataGroupImage settled() {
    Members members = members().settle();
    return new MetadataGroupImage(
        voters, learners, members.leaving(), members.lives(), formedWith, targetRevision, true);
  }
}
