// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import dev.almadia.raft.store.StoreException;
import dev.almadia.raft.store.StoreException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/** Opens RocksDB so that nothing that was synced is silently missing. */
final class Recovery {
  private static final String STORE_FOLDER = "store";
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
    SyncedMark mark = null;
    try {
      if (!directory.isReady()) {
        deleteTree(store);
        Files.createDirectories(store);
        SafeFiles.syncDirectory(directory.path());
      }
      mark = openMark(directory);
      WalSwitch walSwitch = new WalSwitch();
      RocksFiles files = RocksFiles.open(store, options, !directory.isReady(), walSwitch::set);
      return new Opened(files, mark, walSwitch, lastRound(files));
    } catch (RocksDBException e) {
      closeMark(mark);
      throw StoreErrors.of(e, "the store in " + store + " does not open");
    } catch (IOException e) {
      closeMark(mark);
      throw new StoreException(Reason.IO, "cannot read " + store + ": " + e, e);
    } catch (RuntimeException e) {
      closeMark(mark);
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
        ? SyncedMark.open(file, incarnation)
        : SyncedMark.create(file, incarnation);
  }

  private static long lastRound(RocksFiles files) throws RocksDBException {
    try (ReadOptions options = new ReadOptions().setVerifyChecksums(true);
        RocksIterator rows = files.db().newIterator(files.meta(), options)) {
      rows.seek(Keys.round());
      if (!rows.isValid() || !java.util.Arrays.equals(rows.key(), Keys.round())) {
        rows.status();
        return 0;
      }
      return RoundStamp.decode(ByteBuffer.wrap(rows.value())).round();
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
