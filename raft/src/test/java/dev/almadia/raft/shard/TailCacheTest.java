// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.testing.Entries;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TailCacheTest {
  private static final int COST = 100;

  @Test
  void evictsTheOldestOfAllGroups() {
    TailCache cache = new TailCache(3 * COST);
    TailCache.GroupTail one = cache.open(1);
    TailCache.GroupTail two = cache.open(2);

    one.append(Entries.entry(1, 1, 1, 36));
    two.append(Entries.entry(2, 1, 1, 36));
    one.append(Entries.entry(1, 1, 2, 36));
    two.append(Entries.entry(2, 1, 2, 36));

    assertThat(cache.bytes()).isEqualTo(3 * COST);
    assertThat(one.get(1)).isNull();
    assertThat(cache.read(2, 1, 2, 1000)).hasSize(2);
    assertThat(cache.read(1, 1, 2, 1000)).as("the first is gone").isEmpty();
    assertThat(cache.read(1, 2, 2, 1000)).hasSize(1);
  }

  @Test
  void readsWithinBoundsButAtLeastOne() {
    TailCache cache = new TailCache(100 * COST);
    TailCache.GroupTail tail = cache.open(1);
    Entries.entries(1, 1, 1, 10).forEach(tail::append);

    assertThat(cache.read(1, 3, 10, 250)).extracting(Entry::index).containsExactly(3L, 4L);
    assertThat(cache.read(1, 3, 10, 1)).extracting(Entry::index).containsExactly(3L);
    assertThat(cache.read(1, 9, 9, 9999)).extracting(Entry::index).containsExactly(9L);
    assertThat(cache.read(1, 10, 9, 9999)).as("not committed").isEmpty();
    assertThat(cache.read(7, 1, 9, 9999)).as("no such group").isEmpty();
  }

  @Test
  void aClosedGroupLeavesNothing() {
    TailCache cache = new TailCache(100 * COST);
    Entries.entries(1, 1, 1, 10).forEach(cache.open(1)::append);

    cache.close(1);

    assertThat(cache.bytes()).isZero();
    assertThat(cache.read(1, 1, 10, 1000)).isEmpty();
  }

  /** Bug class 31: an entry that was overwritten in the log must never be read from the cache. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void neverDisagreesWithTheLog(long seed) {
    Random random = new Random(seed);
    TailCache cache = new TailCache(40 * COST);
    Map<Long, List<Entry>> logs = new TreeMap<>();
    Map<Long, TailCache.GroupTail> tails = new TreeMap<>();
    for (long group = 1; group <= 4; group++) {
      logs.put(group, new ArrayList<>());
      tails.put(group, cache.open(group));
    }
    for (int step = 0; step < 5_000; step++) {
      long group = 1 + random.nextInt(4);
      List<Entry> log = logs.get(group);
      if (random.nextInt(10) == 0 && !log.isEmpty()) {
        int keep = log.size() - random.nextInt(Math.min(log.size(), 20) + 1);
        log.subList(keep, log.size()).clear();
        tails.get(group).truncate(keep + 1);
      } else {
        Entry entry = Entries.entry(group, step + 1, log.size() + 1, random.nextInt(80));
        log.add(entry);
        tails.get(group).append(entry);
      }
      checkAgainst(cache, logs, random);
    }
  }

  private static void checkAgainst(TailCache cache, Map<Long, List<Entry>> logs, Random random) {
    assertThat(cache.bytes()).isLessThanOrEqualTo(40 * COST);
    long group = 1 + random.nextInt(4);
    List<Entry> log = logs.get(group);
    long from = Math.max(1, log.size() - random.nextInt(15));
    List<Entry> read = cache.read(group, from, log.size() + 5, random.nextInt(2000));
    for (int i = 0; i < read.size(); i++) {
      assertThat(read.get(i)).isSameAs(log.get((int) from - 1 + i));
    }
  }
}
