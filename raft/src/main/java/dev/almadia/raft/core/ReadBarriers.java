// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import java.util.ArrayDeque;
import java.util.List;

/**
 * Linearizable reads that wait for proof that this leader still leads.
 *
 * <p>A read takes the commit index at its arrival and a heartbeat round that starts after it. When
 * a quorum has echoed that round, nobody can have been elected before the read arrived, so the
 * index covers every write acknowledged before. Rounds are confirmed in order, so reads are
 * released in order (bug class 24). A read that comes before the leader has committed an entry of
 * its own term waits for that: until then its commit index may miss writes that the leader before
 * acknowledged (B8).
 *
 * <p><b>While members change</b> a round is counted in the configuration in force when it is
 * counted, not in that of the read's arrival, and that may be one that is not committed yet. Let
 * another leader have been elected in a later term before the read came. Its electors and the
 * round's quorum meet: configurations that can both be in force do (see ConfigChanger), and where
 * they do not, the later leader has committed in its own term in one that this leader's must still
 * meet. Who is in both voted before the read came, so it is in the later term and does not echo.
 */
final class ReadBarriers {
  /** More readers than that are refused; a shard's mailbox is smaller. */
  private static final int READS_MAX = 65_536;

  private record Waiting(long requestId, long index, long round) {}

  private final ArrayDeque<Long> unconfirmed = new ArrayDeque<>(0);
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>(0);
  private long round;
  private boolean roundLeaves;

  /** Newest round, carried by every heartbeat. */
  long round() {
    return round;
  }

  boolean isFull() {
    return unconfirmed.size() + waiting.size() >= READS_MAX;
  }

  /** A read that waits for the leader's first commit. */
  void awaitConfirmation(long requestId) {
    unconfirmed.add(requestId);
  }

  boolean isWaiting() {
    return !unconfirmed.isEmpty() || !waiting.isEmpty();
  }

  boolean hasUnconfirmed() {
    return !unconfirmed.isEmpty();
  }

  /** Takes the next read that waited for the leader's first commit. */
  long pollUnconfirmed() {
    return unconfirmed.remove();
  }

  /**
   * Takes a read; returns whether heartbeats of a new round have to be sent. Reads that come while
   * the newest round's heartbeats have not left share it.
   */
  boolean add(long requestId, long commitIndex) {
    boolean opens = !roundLeaves;
    if (opens) {
      round++;
      roundLeaves = true;
    }
    waiting.add(new Waiting(requestId, commitIndex, round));
    return opens;
  }

  /** The heartbeats made so far are out: what was asked afterwards needs a new round. */
  void heartbeatsLeft() {
    roundLeaves = false;
  }

  /** A quorum has echoed this round. */
  void confirmed(long confirmedRound, List<Effects.ReadReady> ready) {
    for (Waiting read = waiting.peek();
        read != null && read.round() <= confirmedRound;
        read = waiting.peek()) {
      waiting.remove();
      ready.add(new Effects.ReadReady(read.requestId(), read.index()));
    }
  }

  /** Leadership is lost: nothing waiting can be answered. */
  void failAll(List<Long> failed) {
    failed.addAll(unconfirmed);
    for (Waiting read : waiting) {
      failed.add(read.requestId());
    }
    unconfirmed.clear();
    waiting.clear();
  }
}
