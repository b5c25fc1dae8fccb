// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/**
 * Linearizable reads of one group: first the core confirms leadership, then what they must see is
 * applied. Shard thread only. Bounded, because a leader cut off from its peers confirms none.
 */
final class ReadWaiters {
  /** Far more than the callers of one group that wait for one beat round. */
  static final int WAITING_MAX = 10_000;

  private record Confirmed(long index, ReadCallback callback) {}

  private final Map<Long, ReadCallback> asked = new HashMap<>();
  private final ArrayDeque<Confirmed> confirmed = new ArrayDeque<>();
  private long lastRequestId;

  boolean isFull() {
    return asked.size() + confirmed.size() >= WAITING_MAX;
  }

  long add(ReadCallback callback) {
    asked.put(++lastRequestId, callback);
    return lastRequestId;
  }

  /** The core confirmed it; waits on until the index is applied. */
  void confirmed(long requestId, long index) {
    ReadCallback callback = asked.remove(requestId);
    if (callback != null) {
      confirmed.addLast(new Confirmed(index, callback));
    }
  }

  void failed(long requestId, ProposalFailure failure) {
    ReadCallback callback = asked.remove(requestId);
    if (callback != null) {
      callback.onFailed(failure);
    }
  }

  /** Answers all that see what they must in this view. The core confirms in order of indexes. */
  int complete(GroupView view) {
    int completed = 0;
    while (!confirmed.isEmpty() && confirmed.getFirst().index() <= view.appliedIndex()) {
      confirmed.removeFirst().callback().onReady(view);
      completed++;
    }
    return completed;
  }

  boolean hasConfirmed() {
    return !confirmed.isEmpty();
  }

  void failAll(ProposalFailure failure) {
    for (ReadCallback callback : asked.values()) {
      callback.onFailed(failure);
    }
    asked.clear();
    while (!confirmed.isEmpty()) {
      confirmed.removeFirst().callback().onFailed(failure);
    }
  }
}
