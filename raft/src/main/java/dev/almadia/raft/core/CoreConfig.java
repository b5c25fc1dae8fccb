// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

/**
 * Settings of a {@link RaftCore}. Times are in ticks; the shard says how long one is.
 *
 * @param groupId the group
 * @param selfId this replica's id, see {@link dev.almadia.raft.core.config.ReplicaId}
 * @param electionTimeoutTicks silence after which a replica seeks election; each time a random
 *     share of the same length is added. At least 10 heartbeat intervals
 * @param heartbeatTicks pause between heartbeats
 * @param inflightMessagesMax append requests on the way to one follower
 * @param inflightBytesMax bytes in them
 * @param appendBytesMax bytes in one append request; a larger single entry goes alone
 * @param uncommittedBytesMax bytes of entries that a leader has not committed; beyond it proposals
 *     are refused
 * @param tailBytesMax bytes of committed and durable entries kept in memory for slightly slow
 *     followers
 * @param promoteLagBytes a learner that is to vote is made a voter when it lacks less than that; it
 *     should be sent within an election timeout
 */
public record CoreConfig(
    long groupId,
    int selfId,
    int electionTimeoutTicks,
    int heartbeatTicks,
    int inflightMessagesMax,
    long inflightBytesMax,
    long appendBytesMax,
    long uncommittedBytesMax,
    long tailBytesMax,
    long promoteLagBytes) {
  /**
   * Pause between heartbeats of a leader whose followers have everything and know it: these only
   * say that it is there. Thousands of idle groups cost half of what they would. The first pause
   * may be longer by a heartbeat interval, since calm groups beat together.
   */
  int calmHeartbeatTicks() {
    return Math.max(heartbeatTicks, Math.min(2 * heartbeatTicks, electionTimeoutTicks / 3));
  }
}
