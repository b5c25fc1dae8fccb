// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import java.util.ArrayList;
import java.util.List;

/**
 * The ticks of a shard, and which groups want to be looked at when. Most ticks of most groups only
 * count, and counting can be done later: so a tick of thousands of idle groups looks at the few
 * that have something to do at it. Shard thread only.
 */
final class TickWheel {
  /** Who wants to be looked at later than that is looked at before, and asks again. */
  static final int AHEAD_MAX = 127;

  /** Somebody who wants to be looked at later. */
  interface Sleeper {
    /** It is that tick. */
    void wake(long tick);
  }

  private final List<ArrayList<Sleeper>> buckets = new ArrayList<>();
  private long now;

  TickWheel() {
    for (int i = 0; i <= AHEAD_MAX; i++) {
      buckets.add(new ArrayList<>());
    }
  }

  /** Ticks since the shard began. */
  long now() {
    return now;
  }

  /** A tick that the wheel reaches: the wanted one, unless that is past or too far ahead. */
  long within(long tick) {
    return Math.max(now + 1, Math.min(tick, now + AHEAD_MAX));
  }

  /** At that tick the group is looked at; a tick that {@link #within} gave. */
  void wakeAt(long tick, Sleeper sleeper) {
    buckets.get((int) (tick & AHEAD_MAX)).add(sleeper);
  }

  /** So many ticks are due. */
  void advance(int ticks) {
    for (int i = 0; i < ticks; i++) {
      now++;
      int at = (int) (now & AHEAD_MAX);
      ArrayList<Sleeper> due = buckets.get(at);
      if (!due.isEmpty()) {
        buckets.set(at, new ArrayList<>());
        for (Sleeper sleeper : due) {
          sleeper.wake(now);
        }
      }
    }
  }
}
