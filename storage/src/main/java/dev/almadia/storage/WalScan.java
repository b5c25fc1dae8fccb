// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import dev.almadia.raft.store.StoreException;
import dev.almadia.raft.store.StoreException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the write-ahead log before RocksDB opens it, because no recovery mode of RocksDB is
 * right: one drops synced rounds behind a flipped bit without a word, another refuses what an
 * honest power cut leaves of a large round.
 */
final class WalScan {
  private static final Logger LOG = LoggerFactory.getLogger(WalScan.class);
  private static final Pattern NAME = Pattern.compile("(\\d+)\\.log");

  private WalScan() {}

  /**
   * Cuts the torn end off, so that RocksDB finds whole rounds only.
   *
   * @param flushedRound the newest round in the table files
   * @param markedRound at least this round was synced
   * @return the last round that RocksDB must find
   * @throws StoreException CORRUPT if a synced round is damaged or missing; nothing was changed
   *     then
   */
  static long cutTornEnd(DataDirectory directory, Path store, long flushedRound, long markedRound)
      throws IOException {
    long incarnation = Recovery.incarnationOf(directory);
    Map<Long, Path> files = filesOf(store);
    RoundTrail trail = new RoundTrail(flushedRound, markedRound);
    for (Map.Entry<Long, Path> file : files.entrySet()) {
      WalRecords.scan(file.getValue(), file.getKey(), incarnation, trail.of(file.getValue()));
    }
    String damage = trail.damage();
    if (damage != null) {
      throw new StoreException(
          Reason.CORRUPT, "write-ahead log damaged: " + damage + "; " + DataDirectory.RESEED);
    }
    cut(files, trail, directory.points());
    return trail.lastRound();
  }

  private static Map<Long, Path> filesOf(Path store) throws IOException {
    Map<Long, Path> files = new TreeMap<>();
    try (Stream<Path> all = Files.list(store)) {
      for (Path file : all.toList()) {
        Matcher name = NAME.matcher(file.getFileName().toString());
        if (name.matches()) {
          files.put(Long.parseLong(name.group(1)), file);
        }
      }
    }
    return files;
  }

  /**
   * From the last file backwards, so that a crash on the way leaves something that the next scan
   * judges in the same way.
   */
  private static void cut(Map<Long, Path> files, RoundTrail trail, CrashPoints points)
      throws IOException {
    RoundTrail.End end = trail.end();
    for (Path file : new TreeMap<>(files).descendingMap().values()) {
      long soundBytes = end != null && file.equals(end.file()) ? end.endByte() : 0;
      long bytes = Files.size(file);
      if (bytes > soundBytes) {
        LOG.warn(
            "{}: cut {} bytes behind round {}, torn and never acknowledged",
            file,
            bytes - soundBytes,
            trail.lastRound());
        SafeFiles.cut(file, soundBytes, points);
      }
      if (soundBytes > 0) {
        return;
      }
    }
  }
}
