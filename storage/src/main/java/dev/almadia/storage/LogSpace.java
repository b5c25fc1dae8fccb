// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import java.util.List;
import org.rocksdb.Range;
import org.rocksdb.RocksDB;
import org.rocksdb.SizeApproximationFlag;
import org.rocksdb.Slice;

/** Asks RocksDB how much logs take, by its tables of contents. Any thread. */
final class LogSpace {
  private LogSpace() {}

  /** Bytes of a group's log, about. */
  static long ofGroup(RocksFiles files, long groupId) {
    return between(files, groupId, groupId + 1);
  }

  /** Bytes of all logs, about. */
  static long ofAll(RocksFiles files) {
    return between(files, 0, Long.MAX_VALUE);
  }

  private static long between(RocksFiles files, long fromGroup, long toGroup) {
    RocksDB db = files.db();
    try (Slice from = new Slice(Keys.entry(fromGroup, 0));
        Slice to = new Slice(Keys.entry(toGroup, 0))) {
      long[] sizes =
          db.getApproximateSizes(
              files.log(),
              List.of(new Range(from, to)),
              SizeApproximationFlag.INCLUDE_FILES,
              SizeApproximationFlag.INCLUDE_MEMTABLES);
      return sizes[0];
    }
  }
}
