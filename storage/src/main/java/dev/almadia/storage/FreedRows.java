// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.rocksdb.RocksDBException;

/**
 * Rows at the start of logs that are gone, so that table files which hold nothing else can go at
 * once, as whole files, and not when compaction comes by. A file does not come back: it may go only
 * when the round that removed its rows is on stable storage. Log writer thread only.
 *
 * <p>What hides older rows elsewhere may go with such a file. They stay hidden, because every such
 * removal covers all rows of the group from the first index ever, and the newest one reaches to the
 * end of the range, where no file goes.
 */
final class FreedRows {
  private final RocksFiles files;

  /** By group, the first index that may still be there. */
  private final Map<Long, Long> pending = new LinkedHashMap<>();

  FreedRows(RocksFiles files) {
    this.files = files;
  }

  /** Rows below these indexes go with a round that was written. */
  void add(Map<Long, Long> endIndexes) {
    endIndexes.forEach((groupId, endIndex) -> pending.merge(groupId, endIndex, Math::max));
  }

  /** All rounds so far are on stable storage. */
  void removeFiles(Map<Long, GroupState> states) throws RocksDBException {
    if (pending.isEmpty()) {
      return;
    }
    List<byte[]> ranges = new ArrayList<>();
    pending.forEach(
        (groupId, endIndex) -> {
          GroupState state = states.get(groupId);
          // Begun anew since, from the first index.
          if (state != null && (state.meta().destroyed() || state.firstIndex() >= endIndex)) {
            ranges.add(Keys.entry(groupId, 0));
            ranges.add(Keys.entry(groupId, endIndex));
          }
        });
    pending.clear();
    if (!ranges.isEmpty()) {
      files.db().deleteFilesInRanges(files.log(), ranges, false);
      files.db().deleteFilesInRanges(files.headers(), ranges, false);
    }
  }
}
