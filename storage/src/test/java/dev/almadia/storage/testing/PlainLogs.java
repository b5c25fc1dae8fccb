// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.log.Checkpoint;
import dev.almadia.raft.core.log.LogStart;
import dev.almadia.raft.core.log.RestoredLog;
import dev.almadia.raft.store.GroupWrite;
import dev.almadia.raft.store.LogStore;
import dev.almadia.raft.store.RestoredGroup;
import dev.almadia.raft.store.StoreException;
import dev.almadia.raft.store.StoreException.Reason;
import dev.almadia.raft.store.WriteRound;
import dev.almadia.storage.LogDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The plainest store there can be, and what any other must say when it holds the same. */
public final class PlainLogs {
  final TreeMap<Long, PlainGroup> groups = new TreeMap<>();

  /** The last life of each group that is gone. */
  final TreeMap<Long, Integer> gone = new TreeMap<>();

  /** The same content, on its own. */
  public PlainLogs copy() {
    PlainLogs copy = new PlainLogs();
    groups.forEach((groupId, group) -> copy.groups.put(groupId, group.copy()));
    copy.gone.putAll(gone);
    return copy;
  }

  /** Does what a round says. */
  public void apply(WriteRound round) {
    for (GroupWrite write : round.groups()) {
      if (write.create() != null) {
        groups.put(write.groupId(), new PlainGroup(write.create()));
        gone.remove(write.groupId());
      }
      if (write.destroy()) {
        gone.put(write.groupId(), groups.remove(write.groupId()).replica.selfId());
      } else {
        groups.get(write.groupId()).apply(write);
      }
    }
  }

  /** One line for each group; equal exactly if the contents are. */
  public String fingerprint() {
    StringBuilder all = new StringBuilder();
    groups.forEach((groupId, group) -> all.append(group.fingerprint(groupId)));
    return all.toString();
  }

  /** The same of a store. */
  public static String fingerprintOf(LogStore store) {
    StringBuilder all = new StringBuilder();
    for (RestoredGroup group : store.restore()) {
      assertThat(group.damage()).isNull();
      long groupId = group.groupId();
      RestoredLog log = group.log();
      long lastIndex = log.commitIndex() + log.tail().size();
      LogStart start = new LogStart(log.prev(), log.startOffset(), log.startMaxTimestampMs());
      byte[] digest = store.digest(groupId, start.index() + 1, lastIndex);
      all.append(
          fingerprint(
              groupId,
              (log.selfId() + " " + log.config() + "@" + log.configIndex())
                  + (" " + log.hardState() + " " + start + " " + show(log.checkpoint())),
              log.commitIndex(),
              lastIndex,
              HexFormat.of().formatHex(digest)));
    }
    return all.toString();
  }

  static String show(@Nullable Checkpoint checkpoint) {
    return checkpoint == null ? "-" : checkpoint + ":" + checkpoint.hashCode();
  }

  static String fingerprint(
      long groupId, String replica, long commitIndex, long lastIndex, String digest) {
    return groupId + " " + replica + " " + commitIndex + "/" + lastIndex + " " + digest + "\n";
  }

  /** Asks the store everything; some of it at random. */
  public void compare(LogStore store, Random random) {
    List<RestoredGroup> restored = store.restore();
    assertThat(restored).allMatch(group -> group.damage() == null);
    assertThat(restored)
        .extracting(RestoredGroup::groupId)
        .containsExactlyElementsOf(groups.keySet());
    for (RestoredGroup found : restored) {
      PlainGroup group = groups.get(found.groupId());
      compareRestored(found.log(), group);
      compareReads(store, found.groupId(), group, random);
      compareLookups(store, found.groupId(), group, random);
    }
    assertNotFound(() -> store.header(1_000_000, 1));
    compareDigest(store, random);
  }

  private void compareDigest(LogStore store, Random random) {
    Long chosen = groups.ceilingKey(random.nextLong(groups.isEmpty() ? 1 : groups.lastKey() + 1));
    if (chosen != null && !groups.get(chosen).entries.isEmpty()) {
      PlainGroup group = groups.get(chosen);
      long skipped = random.nextLong(group.entries.size());
      long fromIndex = group.firstIndex() + skipped;
      LogDigest digest = new LogDigest();
      group.entries.stream().skip(skipped).forEach(digest::add);
      assertThat(store.digest(chosen, fromIndex, group.lastIndex())).isEqualTo(digest.value());
      assertNotFound(() -> store.digest(chosen, fromIndex, group.lastIndex() + 1));
    }
  }

  private static void assertNotFound(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NOT_FOUND));
  }

  private static void compareRestored(RestoredLog log, PlainGroup group) {
    assertThat(log.hardState()).isEqualTo(group.hardState);
    assertThat(log.selfId()).isEqualTo(group.replica.selfId());
    assertThat(log.config()).isEqualTo(group.config());
    assertThat(log.configIndex()).isEqualTo(group.configIndex());
    assertThat(log.commitIndex()).isEqualTo(group.commitIndex);
    assertThat(log.prev()).isEqualTo(group.start.id());
    assertThat(log.startOffset()).isEqualTo(group.start.nextOffset());
    assertThat(log.startMaxTimestampMs()).isEqualTo(group.start.maxTimestampMs());
    LogStart committed = group.placeAt(group.commitIndex);
    assertThat(log.commitNextOffset()).isEqualTo(committed.nextOffset());
    assertThat(log.commitMaxTimestampMs()).isEqualTo(committed.maxTimestampMs());
    assertThat(log.runs()).isEqualTo(group.termRuns());
    assertThat(log.checkpoint()).isEqualTo(group.checkpoint);
    assertThat(log.tail())
        .extracting(Entry::header)
        .isEqualTo(
            group.entries.stream()
                .skip(group.commitIndex - group.start.index())
                .map(Entry::header)
                .toList());
  }

  private static void compareReads(LogStore store, long groupId, PlainGroup group, Random random) {
    assertNotFound(() -> store.read(groupId, group.lastIndex() + 1, Long.MAX_VALUE - 1, 1000));
    assertNotFound(() -> store.header(groupId, group.lastIndex() + 1));
    assertNotFound(() -> store.header(groupId, group.start.index()));
    assertNotFound(() -> store.read(groupId, group.start.index(), Long.MAX_VALUE - 1, 1000));
    if (group.entries.isEmpty()) {
      return;
    }
    List<Entry> all = store.read(groupId, group.firstIndex(), Long.MAX_VALUE - 1, Long.MAX_VALUE);
    assertThat(all).hasSize(group.entries.size());
    compareRead(all, group, group.firstIndex());
    long fromIndex = group.firstIndex() + random.nextLong(group.entries.size());
    long toIndex = fromIndex + random.nextInt(10);
    long bytesMax = random.nextInt(3000);
    List<Entry> some = store.read(groupId, fromIndex, toIndex, bytesMax);
    compareRead(some, group, fromIndex);
    long bytes = some.stream().mapToLong(Entry::costBytes).sum();
    assertThat(some.size() == 1 || bytes <= bytesMax).isTrue();
    long nextIndex = fromIndex + some.size();
    if (nextIndex <= Math.min(toIndex, group.lastIndex())) {
      assertThat(bytes + group.at(nextIndex).costBytes()).isGreaterThan(bytesMax);
    }
  }

  private static void compareRead(List<Entry> found, PlainGroup group, long fromIndex) {
    assertThat(found).isNotEmpty();
    for (int i = 0; i < found.size(); i++) {
      Entry right = group.at(fromIndex + i);
      assertThat(found.get(i).header()).isEqualTo(right.header());
      assertThat(found.get(i).payload()).isEqualTo(right.payload());
    }
  }

  private static void compareLookups(
      LogStore store, long groupId, PlainGroup group, Random random) {
    long last = group.lastIndex();
    for (int i = 0; i < 5; i++) {
      long sought = random.nextLong(group.placeAt(last).nextOffset() + 5);
      assertThat(store.indexOfOffset(groupId, sought))
          .isEqualTo(first(group, entry -> entry.nextOffset() > sought));
      assertThat(store.indexOfTimestamp(groupId, sought))
          .isEqualTo(first(group, entry -> entry.header().maxTimestampMs() >= sought));
      if (!group.entries.isEmpty()) {
        long index = group.firstIndex() + random.nextLong(group.entries.size());
        assertThat(store.header(groupId, index)).isEqualTo(group.at(index).header());
      }
    }
  }

  private static long first(PlainGroup group, Predicate<Entry> wanted) {
    return group.entries.stream().filter(wanted).mapToLong(Entry::index).findFirst().orElse(0);
  }
}
