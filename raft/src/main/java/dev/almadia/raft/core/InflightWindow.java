// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import java.util.Arrays;

/**
 * Append requests on the way to one follower, bounded in messages and bytes. A ring of (last index,
 * bytes) in the order sent; it grows on demand, because most followers of most groups are idle and
 * a full-sized one for each would be most of a broker's memory.
 */
final class InflightWindow {
  private static final int INITIAL_SLOTS = 4;

  private final int messagesMax;
  private final long bytesMax;
  private long[] lastIndexes = new long[INITIAL_SLOTS];
  private long[] bytes = new long[INITIAL_SLOTS];
  private int head;
  private int count;
  private long totalBytes;

  InflightWindow(int messagesMax, long bytesMax) {
    this.messagesMax = messagesMax;
    this.bytesMax = bytesMax;
  }

  int messages() {
    return count;
  }

  long bytes() {
    return totalBytes;
  }

  boolean isEmpty() {
    return count == 0;
  }

  /** One message may overshoot the bytes: else one that is larger than the window never leaves. */
  boolean isFull() {
    return count >= messagesMax || totalBytes >= bytesMax;
  }

  void add(long lastIndex, long messageBytes) {
    Invariant.check(!isFull(), "window holds {} messages, {} bytes", count, totalBytes);
    Invariant.check(
        count == 0 || lastIndexes[slot(count - 1)] < lastIndex, "sent {} again", lastIndex);
    if (count == lastIndexes.length) {
      grow();
    }
    lastIndexes[slot(count)] = lastIndex;
    bytes[slot(count)] = messageBytes;
    count++;
    totalBytes += messageBytes;
  }

  /** Frees what is answered by an acknowledgement up to this index; returns whether any was. */
  boolean freeTo(long index) {
    int before = count;
    while (count > 0 && lastIndexes[head] <= index) {
      totalBytes -= bytes[head];
      head = slot(1);
      count--;
    }
    return count < before;
  }

  void clear() {
    head = 0;
    count = 0;
    totalBytes = 0;
  }

  private int slot(int position) {
    return (head + position) % lastIndexes.length;
  }

  private void grow() {
    int capacity = lastIndexes.length;
    long[] grownIndexes = Arrays.copyOf(lastIndexes, capacity * 2);
    long[] grownBytes = Arrays.copyOf(bytes, capacity * 2);
    for (int i = 0; i < capacity; i++) {
      grownIndexes[i] = lastIndexes[slot(i)];
      grownBytes[i] = bytes[slot(i)];
    }
    lastIndexes = grownIndexes;
    bytes = grownBytes;
    head = 0;
  }
}
