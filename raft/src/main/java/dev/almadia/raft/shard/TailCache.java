// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.Invariant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Recent entries of all groups, for readers and slow followers. One budget in bytes for all; the
 * oldest goes first, whichever group it belongs to. Lock-free.
 *
 * <p>Who does what: a group's shard appends and truncates its {@link GroupTail}; any thread reads;
 * any shard that brings the whole above the budget evicts, also from groups of other shards. Each
 * entry lies in a skip list of its group and in the queue of all by age. Whoever removes it from
 * the skip list takes its bytes off the account; so they are counted once, whoever comes first.
 *
 * <p>A truncated entry leaves an empty record in the queue until its turn comes; that is why the
 * number of records is bounded too.
 */
final class TailCache {
  /** A few hundred bytes each at most: an upper bound for small entries and empty records. */
  private static final int RECORDS_MAX = 1_000_000;

  /** An entry by age. The entry goes when it is truncated, so that its payload is freed. */
  private static final class Cached {
    final GroupTail tail;
    final long index;

    /** Written by the shard or an evicting thread (to null, once), read by all. */
    volatile @Nullable Entry entry;

    Cached(GroupTail tail, Entry entry) {
      this.tail = tail;
      this.index = entry.index();
      this.entry = entry;
    }
  }

  private final long bytesMax;
  private final ConcurrentHashMap<Long, GroupTail> tails = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<Cached> byAge = new ConcurrentLinkedQueue<>();
  private final AtomicInteger records = new AtomicInteger();
  private final AtomicLong bytes = new AtomicLong();

  TailCache(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  /** Shard thread: a group starts here. */
  GroupTail open(long groupId) {
    GroupTail tail = new GroupTail();
    tails.put(groupId, tail);
    return tail;
  }

  /** Shard thread: the group is gone. */
  void close(long groupId) {
    GroupTail tail = tails.remove(groupId);
    if (tail != null) {
      tail.truncate(0);
    }
  }

  /**
   * Any thread: consecutive entries from {@code fromIndex} to at most {@code toIndex}, at most
   * {@code maxBytes} but at least one; empty if the first is not here. The caller answers for
   * {@code toIndex} being committed: what is committed is never truncated, so a reader sees the
   * same entry whenever it looks.
   */
  List<Entry> read(long groupId, long fromIndex, long toIndex, long maxBytes) {
    GroupTail tail = tails.get(groupId);
    return tail == null ? List.of() : tail.read(fromIndex, toIndex, maxBytes);
  }

  /** Bytes of all entries in it. */
  long bytes() {
    return bytes.get();
  }

  private void evict() {
    while (bytes.get() > bytesMax || records.get() > RECORDS_MAX) {
      Cached oldest = byAge.poll();
      if (oldest == null) {
        return;
      }
      records.decrementAndGet();
      oldest.tail.remove(oldest);
    }
  }

  /** Recent entries of one group. Its shard changes it; any thread reads and evicts. */
  final class GroupTail {
    private final ConcurrentSkipListMap<Long, Cached> entries = new ConcurrentSkipListMap<>();

    /** Shard thread. */
    void append(Entry entry) {
      Cached cached = new Cached(this, entry);
      bytes.addAndGet(entry.costBytes());
      records.incrementAndGet();
      Cached before = entries.put(cached.index, cached);
      Invariant.check(before == null, "appended over a cached entry: {}", cached.index);
      byAge.add(cached);
      evict();
    }

    /** Shard thread: entries from this index on are no longer in the log (bug class 31). */
    void truncate(long fromIndex) {
      for (Cached cached : entries.tailMap(fromIndex, true).values()) {
        remove(cached);
      }
    }

    /** Shard thread: entries up to this index are no longer in the log. */
    void cutTo(long index) {
      for (Cached cached : entries.headMap(index, true).values()) {
        remove(cached);
      }
    }

    private void remove(Cached cached) {
      if (entries.remove(cached.index, cached)) {
        Entry entry = cached.entry;
        cached.entry = null;
        if (entry != null) {
          bytes.addAndGet(-entry.costBytes());
        }
      }
    }

    @Nullable Entry get(long index) {
      Cached cached = entries.get(index);
      return cached == null ? null : cached.entry;
    }

    List<Entry> read(long fromIndex, long toIndex, long maxBytes) {
      List<Entry> found = new ArrayList<>();
      long wanted = fromIndex;
      long foundBytes = 0;
      for (Cached cached :
          entries.subMap(fromIndex, true, Math.max(fromIndex, toIndex), true).values()) {
        Entry entry = cached.entry;
        if (entry == null || cached.index != wanted || wanted > toIndex) {
          break;
        }
        foundBytes += entry.costBytes();
        if (!found.isEmpty() && foundBytes > maxBytes) {
          break;
        }
        found.add(entry);
        wanted++;
      }
      return found;
    }
  }
}
