// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryDraft;
import dev.almadia.raft.core.EntryId;
import dev.almadia.raft.core.EntryKind;
import dev.almadia.raft.core.HardState;
import dev.almadia.raft.core.log.RestoredLog;
import dev.almadia.raft.core.log.TermRun;
import dev.almadia.raft.store.GroupWrite;
import dev.almadia.raft.store.RestoredGroup;
import dev.almadia.raft.store.WriteRound;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random rounds over the store and over a plain map; after each restart and crash both agree. */
class ModelTest {
  private static final int ROUNDS = 400;

  @TempDir Path temp;

  /** One group in the plain twin. */
  private static final class Twin {
    HardState hardState = HardState.INITIAL;
    final TreeMap<Long, Entry> entries = new TreeMap<>();
    long commitIndex;

    long lastIndex() {
      return entries.isEmpty() ? 0 : entries.lastKey();
    }

    Twin copy() {
      Twin copy = new Twin();
      copy.hardState = hardState;
      copy.entries.putAll(entries);
      copy.commitIndex = commitIndex;
      return copy;
    }
  }

  private Map<Long, Twin> twins = new TreeMap<>();
  private long nextGroup = 1;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void agreesWithAPlainMap(long seed) {
    Random random = new Random(seed);
    StoreOptions options =
        StoreOptions.small()
            .withMemtableBytes(256 << 10)
            .withMarkRounds(7)
            .withRecycledWalFiles(seed == 3 ? 2 : 0);
    Path live = temp.resolve("live");
    RocksLogStore store = RocksLogStore.open(live, options);
    for (int round = 0; round < ROUNDS; round++) {
      store.write(round(random));
      if (random.nextInt(10) == 0) {
        compare(store, random);
      }
      if (random.nextInt(40) == 0) {
        // What a killed process leaves: the files as they are, unsynced rounds included.
        Image image = Image.of(store, live, temp.resolve("image" + round));
        try (RocksLogStore crashed = RocksLogStore.open(image.root(), options)) {
          compare(crashed, random);
        }
      }
      if (random.nextInt(40) == 0) {
        store.close();
        store = RocksLogStore.open(live, options);
        compare(store, random);
      }
    }
    store.close();
  }

  private WriteRound round(Random random) {
    List<GroupWrite> writes = new ArrayList<>();
    Map<Long, Twin> after = new HashMap<>();
    List<Long> gone = new ArrayList<>();
    if (twins.size() < 5 || random.nextInt(20) == 0) {
      long groupId = nextGroup++;
      after.put(groupId, new Twin());
      writes.add(grow(groupId, true, after.get(groupId), random));
    }
    for (var group : twins.entrySet()) {
      if (random.nextInt(100) == 0) {
        gone.add(group.getKey());
        writes.add(TestLog.destroy(group.getKey()));
      } else if (random.nextBoolean()) {
        Twin twin = group.getValue().copy();
        after.put(group.getKey(), twin);
        writes.add(grow(group.getKey(), false, twin, random));
      }
    }
    twins.putAll(after);
    gone.forEach(twins::remove);
    return new WriteRound(0, writes, random.nextBoolean());
  }

  private static GroupWrite grow(long groupId, boolean create, Twin twin, Random random) {
    HardState hardState = null;
    if (random.nextInt(4) == 0) {
      hardState = new HardState(twin.hardState.term() + 1, random.nextInt(4));
      twin.hardState = hardState;
    }
    long truncateFrom = 0;
    if (random.nextInt(4) == 0) {
      truncateFrom = twin.commitIndex + 1 + random.nextInt(6);
      twin.entries.tailMap(truncateFrom, true).clear();
    }
    List<Entry> added = new ArrayList<>();
    for (int count = random.nextInt(6); count > 0; count--) {
      Entry entry = next(groupId, twin, random);
      twin.entries.put(entry.index(), entry);
      added.add(entry);
    }
    long commitIndex = 0;
    if (random.nextInt(3) == 0) {
      commitIndex = random.nextLong(twin.lastIndex() + 3);
      twin.commitIndex = Math.max(twin.commitIndex, Math.min(commitIndex, twin.lastIndex()));
    }
    return new GroupWrite(
        groupId,
        create ? TestLog.CONFIG : null,
        false,
        hardState,
        truncateFrom,
        added,
        commitIndex);
  }

  private static Entry next(long groupId, Twin twin, Random random) {
    Entry last = twin.entries.isEmpty() ? null : twin.entries.lastEntry().getValue();
    long term = Math.max(twin.hardState.term(), last == null ? 1 : last.term());
    byte[] payload = new byte[random.nextInt(8) == 0 ? random.nextInt(70_000) : random.nextInt(90)];
    random.nextBytes(payload);
    return Entry.seal(
        groupId,
        new EntryId(term, twin.lastIndex() + 1),
        new EntryDraft(
            EntryKind.of(1 + random.nextInt(4)),
            (last == null ? 0 : last.nextOffset()) + random.nextInt(3),
            (last == null ? 0 : last.header().maxTimestampMs()) + random.nextInt(3),
            payload));
  }

  private void compare(RocksLogStore store, Random random) {
    List<RestoredGroup> groups = store.restore();
    assertThat(groups).extracting(RestoredGroup::damage).containsOnlyNulls();
    assertThat(groups).extracting(RestoredGroup::groupId).containsExactlyElementsOf(twins.keySet());
    for (RestoredGroup group : groups) {
      Twin twin = twins.get(group.groupId());
      compareLog(group.log(), twin);
      compareLookups(store, group.groupId(), twin, random);
    }
  }

  private static void compareLog(RestoredLog log, Twin twin) {
    assertThat(log.hardState()).isEqualTo(twin.hardState);
    assertThat(log.commitIndex()).isEqualTo(twin.commitIndex);
    Entry committed = twin.entries.get(twin.commitIndex);
    assertThat(log.commitNextOffset()).isEqualTo(committed == null ? 0 : committed.nextOffset());
    assertThat(log.commitMaxTimestampMs())
        .isEqualTo(committed == null ? 0 : committed.header().maxTimestampMs());
    List<TermRun> runs = new ArrayList<>();
    for (Entry entry : twin.entries.values()) {
      if (runs.isEmpty() || runs.get(runs.size() - 1).term() != entry.term()) {
        runs.add(new TermRun(entry.index(), entry.term()));
      }
    }
    assertThat(log.runs()).isEqualTo(runs);
    assertThat(log.tail())
        .extracting(Entry::header)
        .isEqualTo(
            twin.entries.tailMap(twin.commitIndex, false).values().stream()
                .map(Entry::header)
                .toList());
  }

  private static void compareLookups(RocksLogStore store, long groupId, Twin twin, Random random) {
    if (twin.entries.isEmpty()) {
      return;
    }
    List<Entry> all = store.read(groupId, 1, Long.MAX_VALUE - 1, Long.MAX_VALUE);
    assertThat(all).hasSize(twin.entries.size());
    for (Entry entry : all) {
      Entry right = twin.entries.get(entry.index());
      assertThat(entry.header()).isEqualTo(right.header());
      assertThat(entry.payload()).isEqualTo(right.payload());
      assertThat(entry.isIntact(groupId)).isTrue();
    }
    for (int i = 0; i < 5; i++) {
      long offset = random.nextLong(twin.entries.lastEntry().getValue().nextOffset() + 2);
      assertThat(store.indexOfOffset(groupId, offset))
          .isEqualTo(
              all.stream()
                  .filter(entry -> entry.nextOffset() > offset)
                  .mapToLong(Entry::index)
                  .findFirst()
                  .orElse(0));
      assertThat(store.indexOfTimestamp(groupId, offset))
          .isEqualTo(
              all.stream()
                  .filter(entry -> entry.header().maxTimestampMs() >= offset)
                  .mapToLong(Entry::index)
                  .findFirst()
                  .orElse(0));
      long index = 1 + random.nextLong(twin.lastIndex());
      assertThat(store.header(groupId, index)).isEqualTo(twin.entries.get(index).header());
    }
  }
}
