// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

/**
 * Times of Raft.
 *
 * @param tickMillis length of a tick
 * @param electionTimeoutTicks silence after which a replica seeks election
 * @param heartbeatTicks pause between heartbeats
 */
public record RaftTimings(int tickMillis, int electionTimeoutTicks, int heartbeatTicks) {
  private static final long NANOS_PER_MILLI = 1_000_000;

  /** Heartbeats every 150 ms; an election timeout is ten of them. */
  public static RaftTimings defaults() {
    return new RaftTimings(50, 30, 3);
  }

  /** Length of a tick. */
  public long tickNanos() {
    return tickMillis * NANOS_PER_MILLI;
  }

  /** Silence after which a replica seeks election. */
  public long electionTimeoutNanos() {
    return electionTimeoutTicks * tickNanos();
  }
}
