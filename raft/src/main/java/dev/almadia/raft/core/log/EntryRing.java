// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core.log;

import dev.almadia.raft.core.Entry;
import org.jspecify.annotations.Nullable;

/**
 * Consecutive entries in memory, taken off at both ends. Small while a group is idle, because a
 * broker holds thousands of them.
 */
final class EntryRing {
  private static final int IDLE_CAPACITY = 4;
  private static final int KEPT_CAPACITY = 256;

  private @Nullable Entry[] slots = new @Nullable Entry[IDLE_CAPACITY];
  private int head;
  private int count;

  int size() {
    return count;
  }

  Entry get(int position) {
    Entry entry = slots[(head + position) & (slots.length - 1)];
    if (entry == null || position >= count) {
      throw new IndexOutOfBoundsException(position);
    }
    return entry;
  }

  void addLast(Entry entry) {
    if (count == slots.length) {
      resize(count * 2);
    }
    slots[(head + count) & (slots.length - 1)] = entry;
    count++;
  }

  Entry removeFirst() {
    Entry entry = get(0);
    slots[head] = null;
    head = (head + 1) & (slots.length - 1);
    count--;
    if (count == 0 && slots.length > KEPT_CAPACITY) {
      resize(IDLE_CAPACITY);
    }
    return entry;
  }

  Entry removeLast() {
    Entry entry = get(count - 1);
    slots[(head + count - 1) & (slots.length - 1)] = null;
    count--;
    return entry;
  }

  private void resize(int capacity) {
    @Nullable Entry[] resized = new @Nullable Entry[capacity];
    for (int i = 0; i < count; i++) {
      resized[i] = get(i);
    }
    slots = resized;
    head = 0;
  }
}
