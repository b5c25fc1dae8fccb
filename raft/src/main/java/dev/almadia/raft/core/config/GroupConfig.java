// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core.config;

import java.util.List;

/**
 * Members of a group. While {@code outgoing} is not empty the configuration is joint: every quorum
 * must hold in voters and in outgoing (Raft thesis, 4.3).
 *
 * @param voters broker ids that vote, ascending
 * @param outgoing broker ids that voted before and still count while joint, ascending
 * @param learners broker ids that receive entries and count nowhere, ascending
 */
public record GroupConfig(List<Integer> voters, List<Integer> outgoing, List<Integer> learners) {
  /** Copies the lists. */
  public GroupConfig {
    voters = List.copyOf(voters);
    outgoing = List.copyOf(outgoing);
    learners = List.copyOf(learners);
  }

  /** A plain configuration of these voters. */
  public static GroupConfig ofVoters(List<Integer> voters) {
    return new GroupConfig(voters.stream().sorted().toList(), List.of(), List.of());
  }
}
