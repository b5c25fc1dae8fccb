// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core.config;

import java.util.List;
import java.util.TreeSet;

/**
 * Members of a group. While {@code outgoing} is not empty the configuration is joint: every quorum
 * must hold in voters and in outgoing (Raft thesis, 4.3).
 *
 * @param voters replica ids that vote, ascending
 * @param outgoing replica ids that voted before and still count while joint, ascending
 * @param learners replica ids that receive entries and count nowhere, ascending
 * @param targetVersion version of the {@link MemberTarget} on the way to which it was made, 0 for
 *     none. It never falls along a log, and no leader acts on an older target: so once a
 *     configuration that is its target is committed, nobody ever turns back to an earlier one, and
 *     replicas that are in neither may be destroyed
 * @param barred replica ids that were given up when a configuration was forced, ascending: nobody
 *     who has this configuration hears them, and none of them is ever a member again. Never shrinks
 *     along a log
 */
public record GroupConfig(
    List<Integer> voters,
    List<Integer> outgoing,
    List<Integer> learners,
    long targetVersion,
    List<Integer> barred) {
  /** Copies the lists. */
  public GroupConfig {
    voters = List.copyOf(voters);
    outgoing = List.copyOf(outgoing);
    learners = List.copyOf(learners);
    barred = List.copyOf(barred);
  }

  /** Of a group that was never forced. */
  public GroupConfig(
      List<Integer> voters, List<Integer> outgoing, List<Integer> learners, long targetVersion) {
    this(voters, outgoing, learners, targetVersion, List.of());
  }

  /** Of no target. */
  public GroupConfig(List<Integer> voters, List<Integer> outgoing, List<Integer> learners) {
    this(voters, outgoing, learners, 0);
  }

  /**
   * What a replica knows that was told to join and has not heard its group's leader: nothing. It
   * answers a leader and candidates, and never campaigns.
   */
  public static final GroupConfig UNKNOWN = new GroupConfig(List.of(), List.of(), List.of());

  /** Whether the replica is in it, in whatever way. */
  public boolean has(int replicaId) {
    return voters.contains(replicaId)
        || outgoing.contains(replicaId)
        || learners.contains(replicaId);
  }

  /** Whether two quorums are needed. */
  public boolean isJoint() {
    return !outgoing.isEmpty();
  }

  /** Whether the group is what the target wants, and no older target can change that any more. */
  public boolean isAt(MemberTarget target) {
    return !isJoint()
        && targetVersion == target.version()
        && voters.equals(target.voters())
        && learners.equals(target.learners());
  }

  /**
   * What is made of it by force: these voters alone, and all others are barred. See {@link
   * dev.almadia.raft.core.RaftCore#forceConfig}.
   */
  public GroupConfig forcedTo(List<Integer> survivors) {
    TreeSet<Integer> others = new TreeSet<>(barred);
    others.addAll(voters);
    others.addAll(outgoing);
    others.addAll(learners);
    survivors.forEach(others::remove);
    return new GroupConfig(
        survivors.stream().sorted().toList(),
        List.of(),
        List.of(),
        targetVersion,
        List.copyOf(others));
  }

  /** A new group's configuration: what its first target wants. */
  public static GroupConfig of(MemberTarget target) {
    return new GroupConfig(target.voters(), List.of(), target.learners(), target.version());
  }

  /** A plain configuration of these voters. */
  public static GroupConfig ofVoters(List<Integer> voters) {
    return new GroupConfig(voters.stream().sorted().toList(), List.of(), List.of());
  }
}
