// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import dev.almadia.raft.store.StoreException;
import dev.almadia.raft.store.StoreException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/**
 * Opens RocksDB so that nothing that was synced is silently missing: (1) the table files alone say
 * which round they reach; (2) the scan follows the rounds in the write-ahead log from there,
 * refuses on damage, cuts a torn end; (3) RocksDB opens, and must come to the same last round.
 */
final class Recovery {
  private static final String STORE_FOLDER = "store";
  private static final String EMPTY_FOLDER = "scan.tmp";
  private static final String MARK_FILE = "synced.mark";

  private Recovery() {}

  /** What an opened store stands on. */
  record Opened(RocksFiles files, SyncedMark mark, WalSwitch walSwitch, long lastRound) {
    void close() {
      files.close();
      mark.close();
    }
  }

  /** What the round records carry of the incarnation. */
  static long incarnationOf(DataDirectory directory) {
    return directory.incarnation().getMostSignificantBits();
  }

  static Opened open(DataDirectory directory, StoreOptions options) {
    Path store = directory.path().resolve(STORE_FOLDER);
    CrashPoints points = directory.points();
    SyncedMark mark = null;
    try {
      if (!directory.isReady()) {
        points.before(DurableStep.STORE_DELETE);
        deleteTree(store);
        points.after(DurableStep.STORE_DELETE);
        points.before(DurableStep.STORE_MAKE);
        Files.createDirectories(store);
        SafeFiles.syncDirectory(directory.path());
        points.after(DurableStep.STORE_MAKE);
      }
      mark = openMark(directory);
      long expectedRound = directory.isReady() ? scan(directory, store, mark.round()) : 0;
      WalSwitch walSwitch = new WalSwitch();
      points.before(DurableStep.DATABASE_OPEN);
      RocksFiles files = RocksFiles.open(directory, store, options, walSwitch::set);
      points.after(DurableStep.DATABASE_OPEN);
      Opened opened = new Opened(files, mark, walSwitch, expectedRound);
      checkRecovered(directory, opened);
      return opened;
    } catch (RocksDBException e) {
      closeMark(mark);
      throw doesNotOpen(store, e);
    } catch (IOException e) {
      closeMark(mark);
      throw new StoreException(Reason.IO, "cannot read " + store + ": " + e, e);
    } catch (RuntimeException e) {
      closeMark(mark);
      throw e;
    }
  }

  /** What RocksDB needs of its own files and does not find is damage too. */
  private static StoreException doesNotOpen(Path store, RocksDBException e) {
    StoreException error = StoreErrors.of(e, "the store in " + store + " does not open");
    boolean isMissing = String.valueOf(e.getMessage()).contains("No such file");
    return error.reason() == Reason.CORRUPT || isMissing
        ? new StoreException(Reason.CORRUPT, error.getMessage() + "; " + DataDirectory.RESEED, e)
        : error;
  }

  private static long scan(DataDirectory directory, Path store, long markedRound)
      throws RocksDBException, IOException {
    Path empty = directory.path().resolve(EMPTY_FOLDER);
    deleteTree(empty);
    Files.createDirectory(empty);
    long flushedRound;
    try (RocksFiles files = RocksFiles.openFlushed(store, empty)) {
      flushedRound = lastRound(directory, files);
    }
    deleteTree(empty);
    return WalScan.cutTornEnd(directory, store, flushedRound, markedRound);
  }

  /** What the scan found and what RocksDB made of it are checked against each other. */
  private static void checkRecovered(DataDirectory directory, Opened opened)
      throws RocksDBException {
    try {
      long found = lastRound(directory, opened.files());
      if (found != opened.lastRound()) {
        throw new StoreException(
            Reason.CORRUPT,
            ("RocksDB recovered round " + found + " in " + directory.path())
                + (", its files hold " + opened.lastRound() + "; " + DataDirectory.RESEED));
      }
    } catch (RocksDBException | RuntimeException e) {
      opened.files().close();
      throw e;
    }
  }

  private static void closeMark(@Nullable SyncedMark mark) {
    if (mark != null) {
      mark.close();
    }
  }

  private static SyncedMark openMark(DataDirectory directory) {
    Path file = directory.path().resolve(MARK_FILE);
    long incarnation = incarnationOf(directory);
    return directory.isReady()
        ? SyncedMark.open(file, incarnation, directory.points())
        : SyncedMark.create(file, incarnation, directory.points());
  }

  private static long lastRound(DataDirectory directory, RocksFiles files) throws RocksDBException {
    try (ReadOptions options = new ReadOptions().setVerifyChecksums(true);
        RocksIterator rows = files.db().newIterator(files.meta(), options)) {
      rows.seek(Keys.round());
      if (!rows.isValid() || !Arrays.equals(rows.key(), Keys.round())) {
        rows.status();
        return 0;
      }
      RoundStamp stamp = RoundStamp.decode(ByteBuffer.wrap(rows.value()));
      if (stamp.incarnation() != incarnationOf(directory)) {
        throw new StoreException(
            Reason.WRONG_DIRECTORY,
            "the store in " + directory.path() + " was made for another directory");
      }
      return stamp.round();
    }
  }

  /** A store that was never completed holds nothing that anybody was told of. */
  private static void deleteTree(Path tree) throws IOException {
    if (!Files.exists(tree)) {
      return;
    }
    try (Stream<Path> all = Files.walk(tree)) {
      List<Path> deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
      for (Path path : deepestFirst) {
        Files.delete(path);
      }
    }
  }
}
