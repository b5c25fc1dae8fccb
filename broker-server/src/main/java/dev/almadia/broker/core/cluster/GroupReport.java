// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.cluster;

import dev.almadia.raft.core.config.GroupConfig;
import java.util.List;

/**
 * What the leader of a group says about it.
 *
 * @param leaderBrokerId broker that leads it
 * @param config members in effect
 * @param lastIndex last index of its log
 * @param followers what it knows of the others
 * @param logBytes size of its log; 0 if not known
 */
public record GroupReport(
    int leaderBrokerId,
    GroupConfig config,
    long lastIndex,
    List<Follower> followers,
    long logBytes) {
  /** Copies the list. */
  public GroupReport {
    followers = List.copyOf(followers);
  }

  /**
   * A follower or learner.
   *
   * @param replicaId the replica
   * @param matchIndex index up to which it is known to hold the log
   * @param isActive it was heard within an election timeout
   */
  public record Follower(int replicaId, long matchIndex, boolean isActive) {}

  /** Index up to which a replica holds the log; the last one for the leader's own. */
  long matchOf(int replicaId) {
    for (Follower follower : followers) {
      if (follower.replicaId() == replicaId) {
        return follower.matchIndex();
      }
    }
    return config.voters().contains(replicaId) ? lastIndex : 0;
  }
}
