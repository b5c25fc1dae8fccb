// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.recordid;

/**
 * Ids in the order of the log, each with its offset and its time, and a way to find the newest of
 * one. Some 40 bytes an id, and nothing while there are none. One thread.
 *
 * <p>The places of a ring, and an open-addressed table of them. Where an id is there twice, which
 * only producers that number their records can bring about, the table names the newer one; the
 * older one is passed over until it is dropped.
 */
// hot path
final class IdRing {
  /** No such id. */
  static final int NONE = -1;

  private static final int LEAST_PLACES = 16;

  /**
   * The ring is made smaller when so little of it is used, so that a burst is not paid for ever.
   */
  private static final int SHRINK_FACTOR = 8;

  private long[] highs = new long[0];
  private long[] lows = new long[0];
  private long[] offsets = new long[0];
  private long[] times = new long[0];

  /** Places of the ring plus 1; 0 for nothing. Twice as many slots as the ring has places. */
  private int[] table = new int[0];

  private int oldest;
  private int size;

  int size() {
    return size;
  }

  /** Place of an id from the oldest on. */
  int place(int fromOldest) {
    return (oldest + fromOldest) & (highs.length - 1);
  }

  long high(int place) {
    return highs[place];
  }

  long low(int place) {
    return lows[place];
  }

  long offset(int place) {
    return offsets[place];
  }

  long timeMs(int place) {
    return times[place];
  }

  /** Place of the newest of these; {@link #NONE} if there is none. */
  int find(long high, long low) {
    if (size == 0) {
      return NONE;
    }
    return table[slotOf(high, low)] - 1;
  }

  /** Adds one at the end. Times never go back. */
  void add(long high, long low, long offset, long timeMs) {
    if (size == highs.length) {
      resize(Math.max(LEAST_PLACES, 2 * size));
    }
    int place = place(size);
    highs[place] = high;
    lows[place] = low;
    offsets[place] = offset;
    times[place] = timeMs;
    size++;
    table[slotOf(high, low)] = place + 1;
  }

  /** Drops the oldest ones. */
  void dropOldest(int count) {
    if (count == 0) {
      return;
    }
    if (count == size) {
      clear();
      return;
    }
    for (int i = 0; i < count; i++) {
      int slot = slotOf(highs[oldest], lows[oldest]);
      if (table[slot] == oldest + 1) {
        vacate(slot);
      }
      oldest = place(1);
      size--;
    }
    if (highs.length > LEAST_PLACES && size < highs.length / SHRINK_FACTOR) {
      resize(highs.length / 2);
    }
  }

  /** Drops the newest ones; what they hid is found again. Takes as long as there are ids. */
  void dropNewest(int count) {
    size -= count;
    if (size == 0) {
      clear();
    } else if (count > 0) {
      resize(highs.length);
    }
  }

  void clear() {
    highs = new long[0];
    lows = new long[0];
    offsets = new long[0];
    times = new long[0];
    table = new int[0];
    oldest = 0;
    size = 0;
  }

  /** How many are from before a time or of it; they are the oldest. */
  int countUpTo(long timeMs) {
    int low = 0;
    int high = size;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (times[place(middle)] <= timeMs) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** The slot that names an id, or the free one where it would be. */
  private int slotOf(long high, long low) {
    int mask = table.length - 1;
    int slot = (int) low & mask;
    while (table[slot] != 0) {
      int place = table[slot] - 1;
      if (lows[place] == low && highs[place] == high) {
        return slot;
      }
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  /** Frees a slot, and moves up what could not be found any more behind a hole. */
  private void vacate(int slot) {
    int mask = table.length - 1;
    int hole = slot;
    int next = (hole + 1) & mask;
    while (table[next] != 0) {
      int wanted = (int) lows[table[next] - 1] & mask;
      // Whether the hole is between where the entry wants to be and where it is, round the end.
      if (((next - wanted) & mask) >= ((next - hole) & mask)) {
        table[hole] = table[next];
        hole = next;
      }
      next = (next + 1) & mask;
    }
    table[hole] = 0;
  }

  private void resize(int places) {
    long[] newHighs = new long[places];
    long[] newLows = new long[places];
    long[] newOffsets = new long[places];
    long[] newTimes = new long[places];
    for (int i = 0; i < size; i++) {
      int place = place(i);
      newHighs[i] = highs[place];
      newLows[i] = lows[place];
      newOffsets[i] = offsets[place];
      newTimes[i] = times[place];
    }
    highs = newHighs;
    lows = newLows;
    offsets = newOffsets;
    times = newTimes;
    oldest = 0;
    table = new int[2 * places];
    for (int i = 0; i < size; i++) {
      table[slotOf(highs[i], lows[i])] = i + 1;
    }
  }
}
