// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import dev.almadia.raft.core.Invariant;
import java.util.ArrayDeque;

/**
 * Proposals that were appended and wait for commit, in order of their indexes. Shard thread only.
 *
 * <p>The term of an entry decides nothing here (bug class 8). The slot tells up to which index this
 * replica has seen the log committed while it led the term in which it appended: these succeed. The
 * others fail as soon as that leadership ends, because whatever is committed at their indexes later
 * may be another leader's: (5, 10) appended here, (6, 10) committed elsewhere.
 */
final class AckQueue {
  /**
   * A proposal in the log, or one that appended nothing and waits for what is before it.
   *
   * @param index its entry, or the last one before it
   * @param isAppended whether it has an entry
   */
  record Ack(
      long index,
      long term,
      Proposal proposal,
      boolean isAppended,
      long costBytes,
      long appendedNanos) {}

  /** Hears of each success, for measuring. */
  @FunctionalInterface
  interface CommitMeter {
    /** An entry that was appended at this time is committed. */
    void committed(long appendedNanos);
  }

  private final ArrayDeque<Ack> acks = new ArrayDeque<>();
  private long pendingBytes;

  void add(Ack ack) {
    Invariant.check(
        acks.isEmpty()
            || acks.getLast().index() < ack.index()
            || (acks.getLast().index() == ack.index() && !ack.isAppended()),
        "acks out of order: {}",
        ack.index());
    acks.addLast(ack);
    pendingBytes += ack.costBytes();
  }

  /** Succeeds for all up to this index: committed under the own leadership, and applied. */
  int complete(long upToIndex, CommitMeter meter) {
    int completed = 0;
    while (!acks.isEmpty() && acks.getFirst().index() <= upToIndex) {
      Ack ack = acks.removeFirst();
      pendingBytes -= ack.costBytes();
      if (ack.isAppended()) {
        meter.committed(ack.appendedNanos());
        ack.proposal().onCommitted(ack.index(), ack.term());
      } else {
        ack.proposal().onSettled();
      }
      completed++;
    }
    return completed;
  }

  /**
   * Leadership ended: nobody knows what becomes of entries behind this index, nor of what was said
   * because of them. Who appended nothing may ask again.
   */
  void loseAfter(long provenIndex) {
    while (!acks.isEmpty() && acks.getLast().index() > provenIndex) {
      Ack ack = acks.removeLast();
      pendingBytes -= ack.costBytes();
      lost.addFirst(ack);
    }
    while (!lost.isEmpty()) {
      Ack ack = lost.removeFirst();
      ack.proposal()
          .onFailed(
              ack.isAppended() ? ProposalFailure.OUTCOME_UNKNOWN : ProposalFailure.NOT_LEADER);
    }
  }

  /** Taken from the back, told from the front. */
  private final ArrayDeque<Ack> lost = new ArrayDeque<>();

  boolean isEmpty() {
    return acks.isEmpty();
  }

  /** Cost of all that wait. */
  long pendingBytes() {
    return pendingBytes;
  }
}
