// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core.config;

import java.util.List;

/**
 * The members that a group is to have in the end. Whoever leads brings the group there in safe
 * steps; a newer target replaces this one at any time, also while a change is under way.
 *
 * @param version grows with every change of the target; of two targets the higher one holds. At
 *     least 0
 * @param voters replica ids that are to vote, ascending; at least one
 * @param learners replica ids that are to follow without a vote, ascending
 */
public record MemberTarget(long version, List<Integer> voters, List<Integer> learners) {
  /**
   * Sorts and copies.
   *
   * @throws IllegalArgumentException if there is no voter, or one that is also a learner
   */
  public MemberTarget {
    if (voters.isEmpty()) {
      throw new IllegalArgumentException("a target without voters");
    }
    if (voters.stream().anyMatch(learners::contains)) {
      throw new IllegalArgumentException("voters " + voters + ", learners " + learners);
    }
    voters = voters.stream().sorted().toList();
    learners = learners.stream().sorted().toList();
  }

  /** Of version 0. */
  public MemberTarget(List<Integer> voters, List<Integer> learners) {
    this(0, voters, learners);
  }
}
