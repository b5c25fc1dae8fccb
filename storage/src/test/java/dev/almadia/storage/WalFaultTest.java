// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import static dev.almadia.storage.TestLog.append;
import static dev.almadia.storage.TestLog.create;
import static dev.almadia.storage.TestLog.entries;
import static dev.almadia.storage.TestLog.synced;
import static dev.almadia.storage.TestLog.unsynced;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.almadia.raft.store.StoreException;
import dev.almadia.raft.store.StoreException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What power cuts and bad disks do to the write-ahead log, and what opening makes of it. */
class WalFaultTest {
  /** Marks far apart, so that the newest rounds are the ones that no mark covers. */
  private static final StoreOptions RARE_MARKS = StoreOptions.small().withMarkRounds(1_000_000);

  @TempDir Path temp;
  private Path live;
  private int images;

  /** Where the write-ahead log ended after each round; index is the number of entries. */
  private final List<Long> ends = new ArrayList<>();

  @BeforeEach
  void name() {
    live = temp.resolve("live");
  }

  /** A store with one entry per round, still open when the image is taken. */
  private Image write(int rounds, int payloadBytes, int syncedRounds, StoreOptions options) {
    try (RocksLogStore store = RocksLogStore.open(live, options)) {
      store.write(synced(create(1)));
      Path wal = new Image(live).wal();
      ends.add(Image.size(wal));
      for (int index = 1; index <= rounds; index++) {
        var write = append(1, entries(1, 1, index, index, payloadBytes));
        store.write(index <= syncedRounds ? synced(write) : unsynced(write));
        ends.add(Image.size(wal));
      }
      return image();
    }
  }

  private Image image() {
    return Image.of(live, temp.resolve("image" + images++));
  }

  private Image copy(Image image) {
    return image.copy("image" + images++);
  }

  private static long entriesIn(Image image) {
    try (RocksLogStore store = RocksLogStore.open(image.root(), RARE_MARKS)) {
      var log = store.restore().get(0).log();
      long count = log.commitIndex() + log.tail().size();
      if (count > 0) {
        assertThat(store.read(1, 1, count, Long.MAX_VALUE)).hasSize((int) count);
      }
      return count;
    }
  }

  private static void assertRefused(Image image, String named) {
    for (int attempt = 0; attempt < 2; attempt++) {
      assertThatThrownBy(() -> RocksLogStore.open(image.root(), RARE_MARKS).close())
          .isInstanceOfSatisfying(
              StoreException.class, e -> assertThat(e.reason()).isEqualTo(Reason.CORRUPT))
          .hasMessageContaining(named)
          .hasMessageContaining("move the directory away");
    }
  }

  /** What the scan alone says, for trying every byte: the last round, or -1 for damage. */
  private static long scan(Image image) throws IOException {
    try (DataDirectory directory = DataDirectory.openAny(image.root())) {
      return WalScan.cutTornEnd(directory, image.store(), 0, 0);
    } catch (StoreException e) {
      assertThat(e.reason()).isEqualTo(Reason.CORRUPT);
      return -1;
    }
  }

  @Test
  void opensAfterACutAtEveryByteOfTheLastRound() throws IOException {
    Image image = write(5, 300, 5, RARE_MARKS);
    Path wal = image.wal();
    byte[] whole = Files.readAllBytes(wal);
    long last = scan(image);

    for (int bytes = whole.length - 1; bytes >= ends.get(4); bytes--) {
      Files.write(wal, java.util.Arrays.copyOf(whole, bytes));
      assertThat(scan(image)).as("cut at %s", bytes).isEqualTo(last - 1);
      assertThat(Files.size(wal)).isEqualTo(ends.get(4));
    }
    for (long bytes : List.of(ends.get(4), ends.get(4) + 3, ends.get(4) + 50, ends.get(5) - 1)) {
      Image torn = copy(image);
      Files.write(torn.wal(), java.util.Arrays.copyOf(whole, (int) bytes));
      assertThat(entriesIn(torn)).isEqualTo(4);
      assertThat(entriesIn(torn)).as("opens again").isEqualTo(4);
    }
  }

  @Test
  void refusesAFlipOfAnyByteBeforeTheLastTwoRounds() throws IOException {
    Image image = write(30, 2000, 30, RARE_MARKS);
    Path wal = image.wal();
    byte[] whole = Files.readAllBytes(wal);

    for (int at = 0; at < ends.get(28); at += at < 700 ? 1 : 61) {
      byte[] harmed = whole.clone();
      harmed[at] ^= 0x04;
      Files.write(wal, harmed);
      // Zeros at the end of a block are skipped by every reader, so nothing is lost by a flip
      // there.
      boolean isPadding =
          whole[at] == 0 && at % WalRecords.BLOCK_BYTES > WalRecords.BLOCK_BYTES - 8;
      assertThat(scan(image)).as("flip at %s", at).isEqualTo(isPadding ? 32 : -1);
    }
    Files.write(wal, whole);
    Image harmed = copy(image);
    Image.flip(harmed.wal(), ends.get(10) + 100);
    assertRefused(harmed, harmed.wal() + " has at byte " + ends.get(10));
  }

  @Test
  void opensWithoutALastRoundThatIsDamaged() {
    Image image = write(10, 500, 10, RARE_MARKS);
    Image.flip(image.wal(), ends.get(9) + 200);
    assertThat(entriesIn(image)).isEqualTo(9);
  }

  @Test
  void refusesADamagedLastRoundThatIsMarked() {
    Image image = write(10, 500, 10, StoreOptions.small().withMarkRounds(1));
    Image.flip(image.wal(), ends.get(9) + 200);
    assertRefused(image, "has at byte " + ends.get(9));
  }

  @Test
  void refusesALossAfterACleanClose() {
    write(10, 500, 10, RARE_MARKS);
    Image image = image();
    Image.cut(image.wal(), ends.get(9));
    assertRefused(image, "round ");
  }

  @Test
  void refusesADeletedOrEmptiedLog() throws IOException {
    Image image = write(10, 500, 10, RARE_MARKS);
    Image emptied = copy(image);
    Image.cut(emptied.wal(), 0);
    assertRefused(emptied, "no file of the write-ahead log holds it");
    Image deleted = copy(image);
    Files.delete(deleted.wal());
    assertRefused(deleted, "no file of the write-ahead log holds it");
    assertThat(entriesIn(image)).isEqualTo(10);
  }

  @Test
  void cutsUnsyncedRoundsThatArePartlyThereWhereverTheHoleIs() {
    Random random = new Random(5);
    Image image = write(12, 60_000, 4, RARE_MARKS);

    for (int turn = 0; turn < 40; turn++) {
      Image torn = copy(image);
      Path wal = torn.wal();
      long pages = (ends.get(12) - ends.get(4)) / 4096;
      long firstHarm = Long.MAX_VALUE;
      for (int i = 0; i < 1 + turn % 4; i++) {
        long at = ends.get(4) + random.nextLong(pages) * 4096;
        int bytes = (int) Math.min(4096, ends.get(12) - at);
        Image.blank(wal, at, bytes);
        firstHarm = Math.min(firstHarm, at);
      }
      int intact = 4;
      while (ends.get(intact + 1) <= firstHarm) {
        intact++;
      }
      assertThat(entriesIn(torn)).as("turn %s", turn).isEqualTo(intact);
      assertThat(entriesIn(torn)).as("turn %s again", turn).isEqualTo(intact);
    }
  }

  @Test
  void opensTornLargeRoundsWhosePagesCameInAnotherOrder() {
    Random random = new Random(6);
    try (RocksLogStore store = RocksLogStore.open(live, RARE_MARKS)) {
      store.write(synced(create(1)));
      for (int round = 0; round < 10; round++) {
        long before = Image.size(new Image(live).wal());
        int from = round * 3 + 1;
        store.write(synced(append(1, entries(1, 1, from, from + 2, 15_000 + 9_000 * round))));
        Image torn = image();
        Path wal = torn.wal();
        long bytes = Image.size(wal) - before;
        Image.blank(wal, before + random.nextLong(bytes - 600), 512);
        assertThat(entriesIn(torn)).as("round %s", round).isEqualTo(from - 1);
      }
    }
  }

  @Test
  void refusesDamageInAndLossOfAnOlderLogFile() throws Exception {
    Image image;
    StoreOptions small = RARE_MARKS.withMemtableBytes(1 << 20);
    try (RocksLogStore store = RocksLogStore.open(live, small)) {
      store.write(synced(create(1)));
      // Nothing reaches the tables, so all log files are needed.
      store.files().db().pauseBackgroundWork();
      for (int index = 1; index <= 30; index++) {
        store.write(synced(append(1, entries(1, 1, index, index, 60_000))));
      }
      image = image();
      store.files().db().continueBackgroundWork();
    }
    List<Path> logs =
        image.files("log").stream().filter(file -> Image.size(file) > 50_000).toList();
    assertThat(logs).hasSizeGreaterThan(1);
    String older = logs.get(0).getFileName().toString();

    Image flipped = copy(image);
    Image.flip(flipped.store().resolve(older), 50_000);
    assertRefused(flipped, older + " has at byte");
    Image cutAtRound = copy(image);
    Image.cut(cutAtRound.store().resolve(older), 0);
    assertRefused(cutAtRound, "round 1 is not there");
    Image deleted = copy(image);
    Files.delete(deleted.store().resolve(older));
    assertRefused(deleted, logs.get(1).getFileName() + " has at byte 0 round");
    assertThat(entriesIn(image)).isEqualTo(30);
  }

  @Test
  void payloadThatLooksLikeARoundIsNotTakenForOne() throws IOException {
    Image image = write(3, 500, 3, RARE_MARKS);
    byte[] forged = Files.readAllBytes(image.wal());
    Path victim = temp.resolve("victim");
    Image harmed;
    try (RocksLogStore store = RocksLogStore.open(victim, RARE_MARKS)) {
      store.write(synced(create(1)));
      Path wal = new Image(victim).wal();
      long before = Image.size(wal);
      // The content is another store's write-ahead log, with rounds and all.
      var entry =
          dev.almadia.raft.core.Entry.seal(
              1,
              new dev.almadia.raft.core.EntryId(1, 1),
              new dev.almadia.raft.core.EntryDraft(
                  dev.almadia.raft.core.EntryKind.DATA, 1, 1, forged));
      store.write(unsynced(append(1, List.of(entry))));
      harmed = Image.of(victim, temp.resolve("harmed"));
      Image.flip(harmed.wal(), before + 20);
    }
    assertThat(entriesIn(harmed)).isZero();
  }
}
