// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import dev.almadia.raft.core.EntryHeader;
import dev.almadia.raft.core.log.TermRun;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/**
 * Headers of one group, and searches over them. Term, next offset and highest timestamp never fall
 * from one entry to the next, so every question is a binary search with about log2(entries) seeks,
 * none of which touches a payload.
 *
 * <p>One thread; closes its iterator.
 */
final class HeaderTable implements AutoCloseable {
  private final long groupId;
  private final ReadOptions options;
  private final RocksIterator rows;

  HeaderTable(RocksFiles files, long groupId) {
    this.groupId = groupId;
    this.options = new ReadOptions().setVerifyChecksums(true);
    this.rows = files.db().newIterator(files.headers(), options);
  }

  /** The header of an entry that is known to be there. */
  EntryHeader get(long index) {
    byte[] key = Keys.entry(groupId, index);
    rows.seek(key);
    if (!rows.isValid()) {
      checkStatus(index);
      throw StoreErrors.corrupt(groupId, index, "header is missing");
    }
    if (!Arrays.equals(rows.key(), key)) {
      throw StoreErrors.corrupt(groupId, index, "header is missing");
    }
    try {
      return HeaderCodec.getRow(rows.value(), groupId, index);
    } catch (IllegalArgumentException e) {
      throw StoreErrors.corrupt(groupId, index, e);
    }
  }

  /** The highest index of the group in this family, 0 if there is none. */
  long lastIndex() {
    rows.seekForPrev(Keys.entry(groupId, Long.MAX_VALUE));
    if (!rows.isValid()) {
      checkStatus(0);
      return 0;
    }
    byte[] key = rows.key();
    return Keys.groupOfEntry(key) == groupId ? Keys.indexOfEntry(key) : 0;
  }

  private void checkStatus(long index) {
    try {
      rows.status();
    } catch (RocksDBException e) {
      throw StoreErrors.reading(groupId, index, e);
    }
  }

  /**
   * First index from {@code low} to {@code high} whose header fulfils a condition that, once true,
   * stays true; 0 if none does.
   */
  long firstIndex(long low, long high, Predicate<EntryHeader> condition) {
    if (low > high || !condition.test(get(high))) {
      return 0;
    }
    long below = low;
    long found = high;
    while (below < found) {
      long middle = below + (found - below) / 2;
      if (condition.test(get(middle))) {
        found = middle;
      } else {
        below = middle + 1;
      }
    }
    return found;
  }

  /** Terms of the entries from {@code low} to {@code high}. */
  List<TermRun> termRuns(long low, long high) {
    List<TermRun> runs = new ArrayList<>();
    long start = low;
    while (start != 0 && start <= high) {
      long term = get(start).term();
      runs.add(new TermRun(start, term));
      start = firstIndex(start, high, header -> header.term() > term);
    }
    return runs;
  }

  @Override
  public void close() {
    rows.close();
    options.close();
  }
}
