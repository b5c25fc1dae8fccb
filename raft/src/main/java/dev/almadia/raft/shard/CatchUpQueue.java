// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import dev.almadia.raft.core.Effects;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Loads for followers that wait for their share of {@link CatchUpRate}, in the order in which they
 * were asked for, whichever group they are of. At most one for each follower of each group, because
 * a core asks again only when it was answered. Shard thread only.
 */
final class CatchUpQueue {
  private record Waiting(SlotLoads loads, Effects.LoadRequest wanted, EntryLoader.Page page) {}

  private final CatchUpRate rate;
  private final Queue<Waiting> waiting = new ArrayDeque<>();

  CatchUpQueue(CatchUpRate rate) {
    this.rate = rate;
  }

  /** Starts a load, now or when its turn comes. */
  void add(SlotLoads loads, Effects.LoadRequest wanted, EntryLoader.Page page, long nowNanos) {
    waiting.add(new Waiting(loads, wanted, page));
    start(nowNanos);
    if (!waiting.isEmpty()) {
      rate.delayed();
    }
  }

  /** Starts those whose turn has come. */
  void start(long nowNanos) {
    for (Waiting next = waiting.peek(); next != null; next = waiting.peek()) {
      boolean isWanted = next.loads.isWanted(next.wanted);
      long takenNanos = isWanted ? rate.take(nowNanos, next.page.maxBytes()) : 0;
      if (takenNanos == CatchUpRate.REFUSED) {
        return;
      }
      waiting.remove();
      if (isWanted) {
        next.loads.begin(next.wanted, next.page, takenNanos);
      }
    }
  }

  int size() {
    return waiting.size();
  }
}
