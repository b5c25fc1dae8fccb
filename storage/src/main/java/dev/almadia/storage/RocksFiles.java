// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.rocksdb.AbstractEventListener;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.Cache;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WALRecoveryMode;

/**
 * The opened RocksDB with its families and everything that must be closed with it.
 *
 * <p>Options, and why (measured; ratios are to the defaults): plain files, no blob files (reads
 * four times dearer, and one form lost a file after a kill); no compression, because producers
 * compress; large memory tables, late merges and large levels, because a payload that is merged is
 * written again; no statistics (5 to 8 %); all families flushed together, so that the newest round
 * in the files of meta is the newest in the files of every family, which the scan of the
 * write-ahead log needs to know which rounds must still be in it.
 */
final class RocksFiles implements AutoCloseable {
  static {
    RocksDB.loadLibrary();
  }

  private static final int INFO_LOG_BYTES = 4 << 20;
  private static final int INFO_LOG_FILES = 4;
  private static final int MEMTABLES_MAX = 5;
  private static final int BACKGROUND_JOBS = 2;
  private static final long SYNC_STEP_BYTES = 1 << 20;

  private final Deque<AutoCloseable> resources = new ArrayDeque<>();
  private final RocksDB db;
  private final ColumnFamilyHandle log;
  private final ColumnFamilyHandle headers;
  private final ColumnFamilyHandle meta;
  private final ColumnFamilyHandle state;

  private RocksFiles(RocksDB db, List<ColumnFamilyHandle> handles) {
    this.db = db;
    this.log = handles.get(1);
    this.headers = handles.get(2);
    this.meta = handles.get(3);
    this.state = handles.get(4);
  }

  /**
   * Opens for writing, and makes it if the data directory is not ready. {@code onWalSwitch} is
   * called when another write-ahead log begins.
   */
  static RocksFiles open(
      DataDirectory directory, Path store, StoreOptions sizes, Runnable onWalSwitch)
      throws RocksDBException {
    boolean create = !directory.isReady();
    Deque<AutoCloseable> resources = new ArrayDeque<>();
    Cache cache = keep(resources, new LRUCache(sizes.blockCacheBytes()));
    ColumnFamilyOptions family = keep(resources, familyOptions(sizes, cache));
    AbstractEventListener listener =
        keep(resources, new StoreListener(onWalSwitch, directory.points()));
    DBOptions options = keep(resources, databaseOptions(sizes));
    options.setCreateIfMissing(create).setCreateMissingColumnFamilies(create);
    options.setListeners(List.of(listener));
    List<ColumnFamilyHandle> handles = new ArrayList<>();
    try {
      RocksDB db = RocksDB.open(options, store.toString(), descriptors(family), handles);
      RocksFiles files = new RocksFiles(db, handles);
      files.resources.addAll(resources);
      handles.forEach(files.resources::push);
      return files;
    } catch (RocksDBException e) {
      closeAll(resources);
      throw e;
    }
  }

  /**
   * Opens the files alone, as if there were no write-ahead log: what is found in them needs no
   * replay. Nothing on disk is changed.
   */
  static RocksFiles openFlushed(Path directory, Path emptyDirectory) throws RocksDBException {
    Deque<AutoCloseable> resources = new ArrayDeque<>();
    ColumnFamilyOptions family = keep(resources, new ColumnFamilyOptions());
    DBOptions options = keep(resources, new DBOptions());
    options.setWalDir(emptyDirectory.toString()).setDbLogDir(emptyDirectory.toString());
    options.setParanoidChecks(true).setMaxOpenFiles(16);
    options.setInfoLogLevel(InfoLogLevel.FATAL_LEVEL);
    List<ColumnFamilyHandle> handles = new ArrayList<>();
    try {
      RocksDB db =
          RocksDB.openReadOnly(options, directory.toString(), descriptors(family), handles);
      RocksFiles files = new RocksFiles(db, handles);
      files.resources.addAll(resources);
      handles.forEach(files.resources::push);
      return files;
    } catch (RocksDBException e) {
      closeAll(resources);
      throw e;
    }
  }

  private static <T extends AutoCloseable> T keep(Deque<AutoCloseable> resources, T resource) {
    resources.push(resource);
    return resource;
  }

  private static List<ColumnFamilyDescriptor> descriptors(ColumnFamilyOptions options) {
    List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
    for (String name : List.of("default", "log", "headers", "meta", "state")) {
      descriptors.add(
          new ColumnFamilyDescriptor(name.getBytes(StandardCharsets.US_ASCII), options));
    }
    return descriptors;
  }

  private static ColumnFamilyOptions familyOptions(StoreOptions sizes, Cache cache) {
    BlockBasedTableConfig table =
        new BlockBasedTableConfig()
            .setBlockCache(cache)
            .setBlockSize(sizes.blockBytes())
            .setCacheIndexAndFilterBlocks(true)
            .setCacheIndexAndFilterBlocksWithHighPriority(true)
            .setPinL0FilterAndIndexBlocksInCache(true)
            .setFormatVersion(5);
    ColumnFamilyOptions options = new ColumnFamilyOptions();
    options.setTableFormatConfig(table);
    options.setWriteBufferSize(sizes.memtableBytes()).setMaxWriteBufferNumber(MEMTABLES_MAX);
    options.setCompressionType(CompressionType.NO_COMPRESSION);
    options.setBottommostCompressionType(CompressionType.NO_COMPRESSION);
    options.setLevelCompactionDynamicLevelBytes(false);
    options.setLevel0FileNumCompactionTrigger(sizes.level0Files());
    options.setLevel0SlowdownWritesTrigger(6 * sizes.level0Files());
    options.setLevel0StopWritesTrigger(10 * sizes.level0Files());
    options.setMaxBytesForLevelBase(sizes.levelBaseBytes());
    options.setTargetFileSizeBase(sizes.fileBytes());
    return options;
  }

  private static DBOptions databaseOptions(StoreOptions sizes) {
    DBOptions options = new DBOptions();
    options.setParanoidChecks(true);
    // The scan has cut what is not whole, so this mode finds nothing to drop; it is the one that
    // also accepts recycled files. What it recovered is compared with what the scan found.
    options.setWalRecoveryMode(WALRecoveryMode.PointInTimeRecovery);
    options.setAtomicFlush(true);
    options.setDbWriteBufferSize(sizes.memtableTotalBytes());
    options.setMaxTotalWalSize(sizes.walTotalBytesMax());
    options.setRecycleLogFileNum(sizes.recycledWalFiles());
    options.setMaxOpenFiles(sizes.openFilesMax());
    options.setMaxBackgroundJobs(BACKGROUND_JOBS);
    options.setBytesPerSync(SYNC_STEP_BYTES);
    options.setInfoLogLevel(InfoLogLevel.WARN_LEVEL);
    options.setMaxLogFileSize(INFO_LOG_BYTES).setKeepLogFileNum(INFO_LOG_FILES);
    // No retries in the background: after a failed write the process stops.
    options.setMaxBgErrorResumeCount(0);
    return options;
  }

  RocksDB db() {
    return db;
  }

  ColumnFamilyHandle log() {
    return log;
  }

  ColumnFamilyHandle headers() {
    return headers;
  }

  ColumnFamilyHandle meta() {
    return meta;
  }

  ColumnFamilyHandle state() {
    return state;
  }

  /** Closes the handles, then the database, then what it was configured with. */
  @Override
  public void close() {
    while (resources.peek() instanceof ColumnFamilyHandle handle) {
      handle.close();
      resources.pop();
    }
    db.close();
    closeAll(resources);
  }

  private static void closeAll(Deque<AutoCloseable> resources) {
    while (!resources.isEmpty()) {
      AutoCloseable resource = resources.pop();
      try {
        resource.close();
      } catch (Exception e) {
        throw new IllegalStateException("cannot close " + resource, e);
      }
    }
  }
}
