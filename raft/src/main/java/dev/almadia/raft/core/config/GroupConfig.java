// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core.config;

import java.util.List;

/**
 * Members of a group. While {@code outgoing} is not empty the configuration is joint: every quorum
 * must hold in voters and in outgoing (Raft thesis, 4.3).
 *
 * @param voters replica ids that vote, ascending
 * @param outgoing replica ids that voted before and still count while joint, ascending
 * @param learners replica ids that receive entries and count nowhere, ascending
 */
public record GroupConfig(List<Integer> voters, List<Integer> outgoing, List<Integer> learners) {
  /** Copies the lists. */
  public GroupConfig {
    voters = List.copyOf(voters);
    outgoing = List.copyOf(outgoing);
    learners = List.copyOf(learners);
  }

  /**
   * What a replica knows that was told to join and has not heard its group's leader: nothing. It
   * answers a leader and candidates, and never campaigns.
   */
  public static final GroupConfig UNKNOWN = new GroupConfig(List.of(), List.of(), List.of());

  /** Whether two quorums are needed. */
  public boolean isJoint() {
    return !outgoing.isEmpty();
  }

  /** A plain configuration of these voters. */
  public static GroupConfig ofVoters(List<Integer> voters) {
    return new GroupConfig(voters.stream().sorted().toList(), List.of(), List.of());
  }
}
