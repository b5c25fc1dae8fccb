// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import static dev.almadia.storage.TestLog.append;
import static dev.almadia.storage.TestLog.create;
import static dev.almadia.storage.TestLog.entries;
import static dev.almadia.storage.TestLog.synced;
import static dev.almadia.storage.TestLog.unsynced;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryId;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.raft.core.log.Checkpoint;
import dev.almadia.raft.core.log.LogStart;
import dev.almadia.raft.store.GroupWrite;
import dev.almadia.raft.store.NewReplica;
import dev.almadia.raft.store.RestoredGroup;
import dev.almadia.raft.store.StoreException;
import dev.almadia.raft.store.StoreException.Reason;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.FlushOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteOptions;

/** Damage in table files and in single rows: named, confined to its group, never absence. */
class TableFaultTest {
  @TempDir Path temp;

  /** Group 1 to 3 with 40 entries of 9 kB each, all in table files. */
  private Image flushed() throws RocksDBException {
    Path live = temp.resolve("live");
    try (RocksLogStore store = RocksLogStore.open(live, StoreOptions.small());
        FlushOptions wait = new FlushOptions().setWaitForFlush(true)) {
      for (long group = 1; group <= 3; group++) {
        store.write(unsynced(create(group)));
        store.write(synced(append(group, entries(group, 1, 1, 40, 9_000), 40)));
      }
      RocksFiles files = store.files();
      files.db().flush(wait, List.of(files.log(), files.headers(), files.meta(), files.state()));
    }
    return Image.of(live, temp.resolve("image"));
  }

  /** The same store with rows changed behind its back. */
  private Path changed(RowChange change) throws RocksDBException {
    Path live = temp.resolve("live");
    try (RocksLogStore store = RocksLogStore.open(live, StoreOptions.small());
        WriteOptions options = new WriteOptions().setDisableWAL(true);
        FlushOptions wait = new FlushOptions().setWaitForFlush(true)) {
      for (long group = 1; group <= 3; group++) {
        store.write(unsynced(create(group)));
        store.write(synced(append(group, entries(group, 1, 1, 40, 50), 30)));
      }
      RocksFiles files = store.files();
      change.apply(files, options);
      files.db().flush(wait, List.of(files.log(), files.headers(), files.meta(), files.state()));
    }
    return live;
  }

  private interface RowChange {
    void apply(RocksFiles files, WriteOptions options) throws RocksDBException;
  }

  private static void assertCorrupt(Runnable call, String... named) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.reason()).isEqualTo(Reason.CORRUPT))
        .hasMessageContainingAll(named);
  }

  private static Map<Long, RestoredGroup> groups(RocksLogStore store) {
    return store.restore().stream()
        .collect(Collectors.toMap(RestoredGroup::groupId, group -> group));
  }

  @Test
  void flippedPayloadIsNamedAndHarmsNobodyElse() throws RocksDBException {
    Image image = flushed();
    byte[] content = Arrays.copyOf(entries(2, 1, 20, 20, 9_000).get(0).payload(), 64);
    for (Path table : image.files("sst")) {
      long at = Image.find(table, content);
      if (at >= 0) {
        Image.flip(table, at + 30);
      }
    }
    try (RocksLogStore store = RocksLogStore.open(image.root(), StoreOptions.small())) {
      assertCorrupt(() -> store.read(2, 20, 20, 1), "group 2", "index 20");
      assertCorrupt(() -> store.read(2, 15, 25, 99_999), "group 2", "index 20");
      assertCorrupt(() -> store.digest(2, 1, 40), "group 2");
      assertThat(store.counters().corruptReads()).isPositive();
      assertThat(store.header(2, 20).payloadBytes()).isEqualTo(9_000);
      assertThat(store.indexOfOffset(2, 19)).isEqualTo(20);
      assertThat(store.read(2, 1, 18, Long.MAX_VALUE)).hasSize(18);
      assertThat(store.read(1, 1, 40, Long.MAX_VALUE)).hasSize(40);
      assertThat(store.read(3, 1, 40, Long.MAX_VALUE)).hasSize(40);
      assertThat(groups(store).values()).extracting(RestoredGroup::damage).containsOnlyNulls();
      store.write(synced(append(2, entries(2, 1, 41, 41, 10))));
    }
  }

  @Test
  void flippedTailDamagesItsGroupOnly() throws RocksDBException {
    Image image = flushed();
    byte[] content = Arrays.copyOf(entries(2, 1, 40, 40, 9_000).get(0).payload(), 64);
    for (Path table : image.files("sst")) {
      long at = Image.find(table, content);
      if (at >= 0) {
        Image.flip(table, at + 30);
      }
    }
    try (RocksLogStore store = RocksLogStore.open(image.root(), StoreOptions.small())) {
      Map<Long, RestoredGroup> groups = groups(store);
      assertThat(groups.get(2L).log()).isNull();
      assertThat(groups.get(2L).damage()).contains("group 2");
      assertThat(groups.get(1L).damage()).isNull();
      assertThat(groups.get(3L).damage()).isNull();
      assertCorrupt(() -> store.read(2, 1, 1, 1), "group 2", "damaged");
      store.write(synced(append(3, entries(3, 1, 41, 41, 10))));
      assertThatThrownBy(() -> store.write(synced(append(2, entries(2, 1, 41, 41, 10)))))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void missingTableOrManifestRefuses() throws Exception {
    Image image = flushed();
    Image noTable = image.copy("no-table");
    for (Path table : noTable.files("sst")) {
      Files.delete(table);
    }
    assertCorrupt(
        () -> RocksLogStore.open(noTable.root(), StoreOptions.small()), "move the directory away");
    Image noCurrent = image.copy("no-current");
    Files.delete(noCurrent.store().resolve("CURRENT"));
    assertCorrupt(
        () -> RocksLogStore.open(noCurrent.root(), StoreOptions.small()),
        "move the directory away");
    Image emptyCurrent = image.copy("empty-current");
    Image.cut(emptyCurrent.store().resolve("CURRENT"), 0);
    assertCorrupt(
        () -> RocksLogStore.open(emptyCurrent.root(), StoreOptions.small()),
        "move the directory away");
    Image noMark = image.copy("no-mark");
    Files.delete(noMark.root().resolve("synced.mark"));
    assertCorrupt(() -> RocksLogStore.open(noMark.root(), StoreOptions.small()), "synced.mark");
    Image halfMark = image.copy("half-mark");
    Image.flip(halfMark.root().resolve("synced.mark"), 20);
    RocksLogStore.open(halfMark.root(), StoreOptions.small()).close();
    Image badMark = image.copy("bad-mark");
    Image.flip(badMark.root().resolve("synced.mark"), 20);
    Image.flip(badMark.root().resolve("synced.mark"), 4096 + 20);
    assertCorrupt(() -> RocksLogStore.open(badMark.root(), StoreOptions.small()), "synced.mark");
    Image noStore = new Image(temp.resolve("no-store"));
    Files.createDirectory(noStore.root());
    Files.copy(
        image.root().resolve("almadia-broker.properties"),
        noStore.root().resolve("almadia-broker.properties"));
    assertCorrupt(() -> RocksLogStore.open(noStore.root(), StoreOptions.small()), "missing");
  }

  @Test
  void groupWithoutMetaIsNotANewGroup() throws RocksDBException {
    Path live =
        changed((files, options) -> files.db().delete(files.meta(), options, Keys.group(2)));
    try (RocksLogStore store = RocksLogStore.open(live, StoreOptions.small())) {
      assertThat(groups(store).get(2L).damage()).contains("no meta record");
      assertThat(groups(store).get(1L).damage()).isNull();
      assertThatThrownBy(() -> store.write(synced(create(2))))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void damagedMetaIsNamed() throws RocksDBException {
    Path live =
        changed(
            (files, options) -> {
              byte[] value = files.db().get(files.meta(), Keys.group(2));
              value[5] ^= 1;
              files.db().put(files.meta(), options, Keys.group(2), value);
            });
    try (RocksLogStore store = RocksLogStore.open(live, StoreOptions.small())) {
      assertThat(groups(store).get(2L).damage()).contains("checksum");
      assertThat(groups(store).get(3L).damage()).isNull();
      store.write(synced(TestLog.destroy(1)));
      assertThat(groups(store)).containsOnlyKeys(2L, 3L);
    }
  }

  private static NewReplica life(int life) {
    return new NewReplica(ReplicaId.of(1, life), TestLog.CONFIG);
  }

  /** Its tail lacks an entry, but what it was can be read. */
  private Path holed() throws RocksDBException {
    return changed((files, options) -> files.db().delete(files.log(), options, Keys.entry(2, 40)));
  }

  @Test
  void damagedGroupBeginsAnewAsALaterLifeOnly() throws RocksDBException {
    Path live = holed();
    try (RocksLogStore store = RocksLogStore.open(live, StoreOptions.small())) {
      assertThat(groups(store).get(2L).damage()).isNotNull();
      store.write(synced(create(2, life(3)), append(3, entries(3, 1, 41, 41, 50))));
      store.write(synced(append(2, entries(2, 1, 1, 2, 50), 1)));
      assertThat(store.read(2, 1, 9, Long.MAX_VALUE)).hasSize(2);
    }
    try (RocksLogStore store = RocksLogStore.open(live, StoreOptions.small())) {
      assertThat(groups(store).get(2L).damage()).isNull();
      assertThat(groups(store).get(2L).log().selfId()).isEqualTo(ReplicaId.of(1, 3));
      assertThat(groups(store).get(2L).log().tail()).hasSize(1);
    }
  }

  @Test
  void damagedGroupDoesNotComeBackAsWhatItWas() throws RocksDBException {
    try (RocksLogStore store = RocksLogStore.open(holed(), StoreOptions.small())) {
      assertThatThrownBy(() -> store.write(synced(create(2, life(0)))))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void damagedGroupIsDestroyedAndLeavesItsLife() throws RocksDBException {
    Path live = holed();
    try (RocksLogStore store = RocksLogStore.open(live, StoreOptions.small())) {
      store.write(synced(TestLog.destroy(2)));
      assertThat(groups(store)).containsOnlyKeys(1L, 3L);
    }
    try (RocksLogStore store = RocksLogStore.open(live, StoreOptions.small())) {
      assertThat(groups(store)).containsOnlyKeys(1L, 3L);
      assertThatThrownBy(() -> store.write(synced(create(2, life(0)))))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void whoseLifeCannotBeReadIsDestroyedByWhoeverKnowsIt() throws RocksDBException {
    Path live =
        changed((files, options) -> files.db().delete(files.meta(), options, Keys.group(2)));
    NewReplica last = life(2);
    GroupWrite gone = new GroupWrite(2, last, true, null, 0, List.of(), 0);
    try (RocksLogStore store = RocksLogStore.open(live, StoreOptions.small())) {
      store.write(synced(gone));
      assertThat(groups(store)).containsOnlyKeys(1L, 3L);
    }
    try (RocksLogStore store = RocksLogStore.open(live, StoreOptions.small())) {
      assertThat(groups(store)).containsOnlyKeys(1L, 3L);
      store.write(synced(create(2, life(3))));
      assertThat(groups(store).get(2L).log().tail()).isEmpty();
      assertThatThrownBy(() -> store.write(synced(create(2, last))))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void holeIsDamageNotAbsence() throws RocksDBException {
    Path live =
        changed(
            (files, options) -> {
              files.db().delete(files.log(), options, Keys.entry(1, 10));
              files.db().delete(files.headers(), options, Keys.entry(2, 20));
              files.db().delete(files.headers(), options, Keys.entry(3, 40));
            });
    try (RocksLogStore store = RocksLogStore.open(live, StoreOptions.small())) {
      assertCorrupt(() -> store.read(1, 10, 10, 1), "group 1", "index 10", "missing");
      assertCorrupt(() -> store.read(1, 9, 11, 999), "group 1", "index 10", "missing");
      assertCorrupt(() -> store.header(2, 20), "group 2", "index 20", "missing");
      assertThat(groups(store).get(3L).damage()).contains("index 40", "headers end at 39");
    }
  }

  @Test
  void missingCommittedTailIsDamage() throws RocksDBException {
    Path live =
        changed(
            (files, options) -> {
              for (long index = 25; index <= 40; index++) {
                files.db().delete(files.log(), options, Keys.entry(1, index));
                files.db().delete(files.headers(), options, Keys.entry(1, index));
              }
            });
    try (RocksLogStore store = RocksLogStore.open(live, StoreOptions.small())) {
      assertThat(groups(store).get(1L).damage()).contains("index 25", "committed up to 30");
    }
  }

  @Test
  void entryAtTheWrongPlaceIsSeen() throws RocksDBException {
    Path live =
        changed(
            (files, options) -> {
              byte[] other = files.db().get(files.log(), Keys.entry(1, 10));
              files.db().put(files.log(), options, Keys.entry(1, 11), other);
              byte[] header = files.db().get(files.headers(), Keys.entry(1, 10));
              files.db().put(files.headers(), options, Keys.entry(2, 10), header);
            });
    try (RocksLogStore store = RocksLogStore.open(live, StoreOptions.small())) {
      assertCorrupt(() -> store.read(1, 11, 11, 1), "group 1", "index 11", "checksum");
      assertCorrupt(() -> store.header(2, 10), "group 2", "index 10", "checksum");
    }
  }

  @Test
  void digestDependsOnEntriesAlone() {
    byte[][] digests = new byte[3][];
    for (int turn = 0; turn < 3; turn++) {
      Path live = temp.resolve("digest" + turn);
      try (RocksLogStore store = RocksLogStore.open(live, StoreOptions.small())) {
        store.write(unsynced(create(1)));
        int step = turn == 0 ? 1 : 7;
        for (int from = 1; from <= 70; from += step) {
          List<Entry> round = entries(1, 1, from, from + step - 1, 3000);
          store.write(unsynced(append(1, round)));
        }
        if (turn == 2) {
          store.write(
              synced(new GroupWrite(1, null, false, null, 70, entries(1, 2, 70, 70, 3000), 0)));
        }
        digests[turn] = store.digest(1, 1, 70);
        assertThat(store.digest(1, 1, 69)).isNotEqualTo(digests[turn]);
      }
    }
    assertThat(digests[0]).isEqualTo(digests[1]).hasSize(32);
    assertThat(digests[2]).isNotEqualTo(digests[0]);
  }

  /** Group 1 with a checkpoint and its whole log, group 2 cut; both rows of state changed so. */
  private Map<Long, RestoredGroup> withCheckpoints(RowChange change) throws RocksDBException {
    Path live =
        changed(
            (files, options) -> {
              for (long group = 1; group <= 2; group++) {
                Checkpoint checkpoint = new Checkpoint(new EntryId(1, 20), new byte[30]);
                byte[] row = CheckpointCodec.encode(group, checkpoint);
                files.db().put(files.state(), options, Keys.state(group), row);
              }
              byte[] meta = files.db().get(files.meta(), Keys.group(2));
              LogStart start = new LogStart(new EntryId(1, 20), 20, 20_000);
              GroupMeta cut = GroupMeta.decode(meta, 2).withStart(start);
              files.db().put(files.meta(), options, Keys.group(2), cut.encode(2));
              change.apply(files, options);
            });
    try (RocksLogStore store = RocksLogStore.open(live, StoreOptions.small())) {
      return groups(store);
    }
  }

  @Test
  void aCheckpointThatIsWholeIsThere() throws RocksDBException {
    Map<Long, RestoredGroup> groups = withCheckpoints((files, options) -> {});

    assertThat(groups.get(1L).log().checkpoint().index()).isEqualTo(20);
    assertThat(groups.get(2L).log().checkpoint().index()).isEqualTo(20);
    assertThat(groups.get(3L).log().checkpoint()).isNull();
  }

  @Test
  void aDamagedCheckpointIsReplacedByTheEntriesOrDamagesTheGroupWhereThoseAreCut()
      throws RocksDBException {
    Map<Long, RestoredGroup> groups =
        withCheckpoints(
            (files, options) -> {
              for (long group = 1; group <= 2; group++) {
                byte[] row = files.db().get(files.state(), Keys.state(group));
                row[25] ^= 4;
                files.db().put(files.state(), options, Keys.state(group), row);
              }
            });

    assertThat(groups.get(1L).damage()).isNull();
    assertThat(groups.get(1L).log().checkpoint()).isNull();
    assertThat(groups.get(2L).damage()).contains("group 2", "checksum of the checkpoint");
    assertThat(groups.get(2L).selfId()).isEqualTo(TestLog.SELF.selfId());
  }

  @Test
  void aCheckpointThatIsMissingOrAtTheWrongKeyIsNeverTakenForNoState() throws RocksDBException {
    Map<Long, RestoredGroup> groups =
        withCheckpoints(
            (files, options) -> {
              byte[] other = files.db().get(files.state(), Keys.state(2));
              files.db().put(files.state(), options, Keys.state(1), other);
              files.db().delete(files.state(), options, Keys.state(2));
            });

    assertThat(groups.get(1L).log().checkpoint()).isNull();
    assertThat(groups.get(2L).damage()).contains("group 2", "there is no checkpoint of them");
  }
}
