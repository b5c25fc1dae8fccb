// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

/**
 * Sizes of a store. The defaults suit three brokers on one machine of 24 GiB: each uses at most
 * about 0.7 GiB outside the heap.
 *
 * @param memtableBytes size at which a family's memory table is written to a file. Large, so that a
 *     payload is rarely written more than twice: write-ahead log and one file
 * @param memtableTotalBytes soft bound on the memory tables of all families together; the hard one
 *     is five times memtableBytes, where writes wait
 * @param blockCacheBytes one cache for data, index and filter blocks of all families
 * @param walTotalBytesMax write-ahead log at which all memory tables are written out, so that the
 *     replay at the next start stays short
 * @param blockBytes least size of a data block of the log family
 * @param level0Files files of level 0 at which they are merged. Fewer make reads faster, and writes
 *     dearer
 * @param levelBaseBytes size of level 1
 * @param fileBytes size of the files of level 1 and below
 * @param openFilesMax files kept open
 * @param recycledWalFiles finished write-ahead logs kept for overwriting, 0 for none
 * @param markRounds synced rounds after which the synced mark is written anew, see {@link
 *     SyncedMark}: what can be cut from the end of the log without being noticed
 */
public record StoreOptions(
    long memtableBytes,
    long memtableTotalBytes,
    long blockCacheBytes,
    long walTotalBytesMax,
    int blockBytes,
    int level0Files,
    long levelBaseBytes,
    long fileBytes,
    int openFilesMax,
    int recycledWalFiles,
    int markRounds) {
  private static final long MIB = 1 << 20;

  /** For a broker. */
  public static StoreOptions defaults() {
    return new StoreOptions(
        128 * MIB,
        384 * MIB,
        128 * MIB,
        512 * MIB,
        16 << 10,
        8,
        2048 * MIB,
        256 * MIB,
        512,
        0,
        DEFAULT_MARK_ROUNDS);
  }

  /** A mark costs a sync: one per cent of the syncs of the smallest rounds. */
  private static final int DEFAULT_MARK_ROUNDS = 100;

  /** For tests and many stores in one process: about 10 MiB, several files soon. */
  public static StoreOptions small() {
    return new StoreOptions(
        2 * MIB, 4 * MIB, 4 * MIB, 8 * MIB, 4 << 10, 4, 16 * MIB, 4 * MIB, 64, 0, 16);
  }

  /** The same with another size of the memory tables and what follows from it. */
  public StoreOptions withMemtableBytes(long bytes) {
    return new StoreOptions(
        bytes,
        3 * bytes,
        blockCacheBytes,
        4 * bytes,
        blockBytes,
        level0Files,
        levelBaseBytes,
        fileBytes,
        openFilesMax,
        recycledWalFiles,
        markRounds);
  }

  /** The same with another number of finished write-ahead logs kept for overwriting. */
  public StoreOptions withRecycledWalFiles(int files) {
    return new StoreOptions(
        memtableBytes,
        memtableTotalBytes,
        blockCacheBytes,
        walTotalBytesMax,
        blockBytes,
        level0Files,
        levelBaseBytes,
        fileBytes,
        openFilesMax,
        files,
        markRounds);
  }

  /** The same with another distance of synced marks. */
  public StoreOptions withMarkRounds(int rounds) {
    return new StoreOptions(
        memtableBytes,
        memtableTotalBytes,
        blockCacheBytes,
        walTotalBytesMax,
        blockBytes,
        level0Files,
        levelBaseBytes,
        fileBytes,
        openFilesMax,
        recycledWalFiles,
        rounds);
  }
}
