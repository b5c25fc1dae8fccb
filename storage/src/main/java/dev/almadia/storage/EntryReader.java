// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryHeader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;

/**
 * Reads whole entries: one iterator with an upper bound over the log family, each row checked
 * against the key that must come next and against its own checksum. Blocks are not kept in the
 * cache: the page cache has them, and a catching-up reader would push out everything else.
 */
final class EntryReader {
  private final RocksFiles files;
  private final RowBuffers buffers = new RowBuffers();

  EntryReader(RocksFiles files) {
    this.files = files;
  }

  /**
   * Entries from one index to another, which are known to be there.
   *
   * @param maxBytes bound on their cost; the first one is read even so
   */
  List<Entry> read(long groupId, long fromIndex, long toIndex, long maxBytes) {
    ByteBuffer buffer = buffers.take();
    try (Slice bound = new Slice(Keys.entry(groupId, toIndex + 1));
        ReadOptions options =
            new ReadOptions()
                .setVerifyChecksums(true)
                .setFillCache(false)
                .setIterateUpperBound(bound);
        RocksIterator rows = files.db().newIterator(files.log(), options)) {
      List<Entry> entries = new ArrayList<>();
      long costBytes = 0;
      rows.seek(Keys.entry(groupId, fromIndex));
      for (long index = fromIndex; index <= toIndex; index++) {
        checkPlace(rows, groupId, index);
        buffer = RowBuffers.value(rows, buffer);
        Entry entry = decode(buffer, groupId, index);
        costBytes += entry.costBytes();
        if (costBytes > maxBytes && !entries.isEmpty()) {
          break;
        }
        entries.add(entry);
        rows.next();
      }
      return entries;
    } finally {
      buffers.giveBack(buffer);
    }
  }

  /** The highest index of the group in the log family, 0 if there is none. */
  long lastIndex(long groupId) {
    try (ReadOptions options = new ReadOptions().setVerifyChecksums(true).setFillCache(false);
        RocksIterator rows = files.db().newIterator(files.log(), options)) {
      rows.seekForPrev(Keys.entry(groupId, Long.MAX_VALUE));
      if (!rows.isValid()) {
        checkStatus(rows, groupId, 0);
        return 0;
      }
      byte[] key = rows.key();
      return Keys.groupOfEntry(key) == groupId ? Keys.indexOfEntry(key) : 0;
    }
  }

  /** The next row must be this entry's. */
  private static void checkPlace(RocksIterator rows, long groupId, long index) {
    if (!rows.isValid()) {
      checkStatus(rows, groupId, index);
      throw StoreErrors.corrupt(groupId, index, "entry is missing");
    }
    long found = Keys.indexOfEntry(rows.key());
    if (found != index) {
      throw StoreErrors.corrupt(groupId, index, "entry is missing, the next one is " + found);
    }
  }

  private static Entry decode(ByteBuffer row, long groupId, long index) {
    Entry entry;
    try {
      EntryHeader header = HeaderCodec.get(row, index);
      byte[] payload = new byte[row.remaining()];
      row.get(payload);
      entry = new Entry(header, payload);
    } catch (IllegalArgumentException e) {
      throw StoreErrors.corrupt(groupId, index, e);
    }
    if (!entry.isIntact(groupId)) {
      throw StoreErrors.corrupt(groupId, index, "checksum of the entry is wrong");
    }
    return entry;
  }

  private static void checkStatus(RocksIterator rows, long groupId, long index) {
    try {
      rows.status();
    } catch (RocksDBException e) {
      throw StoreErrors.reading(groupId, index, e);
    }
  }
}
