// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import org.jspecify.annotations.Nullable;

/**
 * What a leader knows of one follower.
 *
 * <ul>
 *   <li>PROBE: the leader does not know where the logs agree. One request at a time, at most one
 *       per heartbeat interval, until one fits.
 *   <li>REPLICATE: everything up to nextIndex - 1 was sent behind a place known to agree; requests
 *       are pipelined within the window.
 *   <li>RESET: the follower needs what the leader no longer has, and was told where the leader's
 *       log starts. It may be busy for a while; if nothing is heard, a probe tells.
 * </ul>
 */
final class ReplicaProgress {
  /** How the leader sends. */
  enum State {
    PROBE,
    REPLICATE,
    RESET
  }

  private static final long NEVER = Long.MIN_VALUE / 2;

  private final int replicaId;
  private final InflightWindow window;
  private State state = State.PROBE;
  private long matchIndex;
  private long nextIndex;
  private long heardTick = NEVER;
  private long progressTick = NEVER;
  private long probeTick = NEVER;
  private boolean probeRepeated;
  private long loadFromIndex;
  private long ackedReadRound;
  private Message.@Nullable Heartbeat lastHeartbeat;

  ReplicaProgress(int replicaId, InflightWindow window, long nextIndex) {
    this.replicaId = replicaId;
    this.window = window;
    this.nextIndex = nextIndex;
  }

  int replicaId() {
    return replicaId;
  }

  State state() {
    return state;
  }

  long matchIndex() {
    return matchIndex;
  }

  long nextIndex() {
    return nextIndex;
  }

  InflightWindow window() {
    return window;
  }

  long ackedReadRound() {
    return ackedReadRound;
  }

  void heard(long nowTick) {
    heardTick = nowTick;
  }

  long heardTick() {
    return heardTick;
  }

  boolean isActive(long nowTick, int withinTicks) {
    return nowTick - heardTick <= withinTicks;
  }

  void readRoundAcked(long round) {
    ackedReadRound = Math.max(ackedReadRound, round);
  }

  /** Everything up to this index is durable there and as the leader has it. */
  void acknowledged(long index, long nowTick) {
    switch (state) {
      case PROBE, RESET -> {
        if (index >= matchIndex) {
          matchIndex = index;
          nextIndex = index + 1;
          progressTick = nowTick;
          state = State.REPLICATE;
          window.clear();
        }
      }
      case REPLICATE -> {
        boolean freed = window.freeTo(index);
        if (freed || index > matchIndex) {
          progressTick = nowTick;
        }
        matchIndex = Math.max(matchIndex, index);
        nextIndex = Math.max(nextIndex, index + 1);
      }
    }
  }

  /**
   * Whether a rejection of a request behind {@code rejectedIndex} says something new. Requests and
   * answers may come twice, late and in any order: while probing only the answer to the present
   * probe counts, while replicating only one that the follower has not disproved since.
   */
  boolean isNews(long rejectedIndex) {
    return switch (state) {
      case PROBE -> rejectedIndex == nextIndex - 1;
      case REPLICATE -> rejectedIndex > matchIndex;
      case RESET -> false;
    };
  }

  /**
   * Starts to probe behind {@code prevIndex}. That is below matchIndex only if the follower says
   * that it lost what it had acknowledged (an unsynced tail and a power cut; B16): then the leader
   * must forget what it believed, or it would probe the same place for ever.
   */
  void probeBehind(long prevIndex) {
    state = State.PROBE;
    window.clear();
    nextIndex = prevIndex + 1;
    matchIndex = Math.min(matchIndex, prevIndex);
    probeTick = NEVER;
    probeRepeated = false;
  }

  /**
   * Starts to probe again after what was on the way is lost, or is taken for lost. A probe that has
   * not found its place goes on where it was: matchIndex is still 0 then, and the log would be sent
   * from its start.
   */
  void probeAgain() {
    probeBehind(
        switch (state) {
          case PROBE, RESET -> nextIndex - 1;
          case REPLICATE -> matchIndex;
        });
  }

  /** It was told where the log starts, behind {@code startIndex}. */
  void resetTo(long startIndex, long nowTick) {
    probeBehind(startIndex);
    state = State.RESET;
    progressTick = nowTick;
  }

  /** Whether the answer to a reset is overdue. */
  boolean isResetOverdue(long nowTick, int afterTicks) {
    return state == State.RESET && nowTick - progressTick >= afterTicks;
  }

  /** Probes are paced: a follower that is down must not cost a request per proposal. */
  boolean isProbeDue(long nowTick, int heartbeatTicks) {
    return nowTick - probeTick >= heartbeatTicks;
  }

  /** Only the first probe of a place carries entries; a slow follower must not get them again. */
  boolean isFirstProbe() {
    return !probeRepeated;
  }

  void probed(long nowTick) {
    probeTick = nowTick;
    probeRepeated = true;
  }

  void sent(long lastIndex, long bytes, long nowTick) {
    if (window.isEmpty()) {
      progressTick = nowTick;
    }
    window.add(lastIndex, bytes);
    nextIndex = lastIndex + 1;
  }

  /** Everything on the way seems lost: nothing was answered for a while (bug class 30). */
  boolean isStuck(long nowTick, int afterTicks) {
    return state == State.REPLICATE && !window.isEmpty() && nowTick - progressTick >= afterTicks;
  }

  /** Whether it has everything, and nothing is on the way. */
  boolean isSteady(long lastIndex) {
    return state == State.REPLICATE
        && matchIndex == lastIndex
        && window.isEmpty()
        && loadFromIndex == 0;
  }

  /** Whether it also was told that all of it is committed. */
  boolean isCalm(long lastIndex) {
    Message.@Nullable Heartbeat told = lastHeartbeat;
    return told != null && told.commitIndex() == lastIndex && isSteady(lastIndex);
  }

  boolean isLoading() {
    return loadFromIndex != 0;
  }

  long loadFromIndex() {
    return loadFromIndex;
  }

  void loading(long fromIndex) {
    loadFromIndex = fromIndex;
  }

  void loaded() {
    loadFromIndex = 0;
  }

  /** What it was told last, null if nothing was. */
  Message.@Nullable Heartbeat lastHeartbeat() {
    return lastHeartbeat;
  }

  /** The same immutable heartbeat again while nothing changes: an idle leader allocates nothing. */
  Message.Heartbeat heartbeat(int from, long term, long commitIndex, long readRound) {
    Message.@Nullable Heartbeat last = lastHeartbeat;
    if (last != null
        && last.term() == term
        && last.commitIndex() == commitIndex
        && last.readRound() == readRound) {
      return last;
    }
    Message.Heartbeat fresh = new Message.Heartbeat(from, replicaId, term, commitIndex, readRound);
    lastHeartbeat = fresh;
    return fresh;
  }

  void check(long lastIndex) {
    Invariant.check(matchIndex <= lastIndex, "match {} behind the end {}", matchIndex, lastIndex);
    Invariant.check(nextIndex > matchIndex, "next {} not behind {}", nextIndex, matchIndex);
    Invariant.check(nextIndex <= lastIndex + 1, "next {} behind {}", nextIndex, lastIndex);
    Invariant.check(state == State.REPLICATE || window.isEmpty(), "probing with a window");
  }
}
