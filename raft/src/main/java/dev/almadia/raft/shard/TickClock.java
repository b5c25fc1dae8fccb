// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

/**
 * Says how many ticks are due, for all groups of a shard at once, so that their heartbeats leave in
 * one frame. Shard thread only.
 *
 * <p>After a stall (garbage collection, a suspended machine) the missed ticks are mostly dropped:
 * hundreds at once would make every group campaign although the leaders' messages are only waiting
 * to be read (bug class 28). If the stall was longer than half an election timeout, groups that do
 * not lead get no ticks at all for one timeout, and so do not campaign.
 */
final class TickClock {
  /** Enough to make up for a short hiccup, too few to add up to a timeout. */
  static final int DUE_MAX = 3;

  private final long tickNanos;
  private final long electionTimeoutNanos;
  private final int heartbeatTicks;
  private long tickNumber;
  private boolean beatDue;
  private boolean started;
  private long lastTickNanos;
  private boolean quiet;
  private long quietSinceNanos;
  private long lateTicks;
  private long stalls;

  TickClock(RaftTimings timings) {
    tickNanos = timings.tickNanos();
    electionTimeoutNanos = timings.electionTimeoutNanos();
    heartbeatTicks = timings.heartbeatTicks();
  }

  /** Ticks due now; each is told once. */
  int due(long nowNanos) {
    if (!started) {
      started = true;
      lastTickNanos = nowNanos;
      return 0;
    }
    if (quiet && elapsedNanos(quietSinceNanos, nowNanos) >= electionTimeoutNanos) {
      quiet = false;
    }
    long elapsedNanos = elapsedNanos(lastTickNanos, nowNanos);
    long ticks = elapsedNanos / tickNanos;
    int due = (int) Math.min(ticks, DUE_MAX);
    beatDue = tickNumber / heartbeatTicks != (tickNumber + due) / heartbeatTicks;
    tickNumber += due;
    if (ticks == 0) {
      return 0;
    }
    long lateNanos = elapsedNanos - tickNanos;
    if (lateNanos > electionTimeoutNanos / 2) {
      quiet = true;
      quietSinceNanos = nowNanos;
      stalls++;
    }
    lastTickNanos += ticks * tickNanos;
    lateTicks += ticks - 1;
    return due;
  }

  /** Whether the ticks told last included the one at which the beats of all groups leave. */
  boolean isBeatDue() {
    return beatDue;
  }

  /** Whether replicas that do not lead go without ticks for now. */
  boolean isQuiet() {
    return quiet;
  }

  /** Time until the next tick, for a pause. */
  long idleNanos(long nowNanos) {
    if (!started) {
      return 0;
    }
    return Math.max(0, tickNanos - elapsedNanos(lastTickNanos, nowNanos));
  }

  /** Ticks that came late, delivered or dropped. */
  long lateTicks() {
    return lateTicks;
  }

  /** How often the loop was late by more than half an election timeout. */
  long stalls() {
    return stalls;
  }

  /** The only place that takes times apart; never negative (bug class 42). */
  static long elapsedNanos(long fromNanos, long toNanos) {
    return Math.max(0, toNanos - fromNanos);
  }
}
