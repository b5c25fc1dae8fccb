// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

/** The steps that change what a crash leaves on the disk; see {@link CrashPoints}. */
enum DurableStep {
  /** A small file is written under another name. */
  FILE_WRITE,
  /** That file is synced. */
  FILE_SYNC,
  /** It gets its name. */
  FILE_RENAME,
  /** Its directory is synced. */
  DIRECTORY_SYNC,
  /** A store that was never completed is deleted. */
  STORE_DELETE,
  /** The folder of the store is made, and the directory synced. */
  STORE_MAKE,
  /** The torn end of a write-ahead log is cut. */
  LOG_CUT,
  /** The file that was cut is synced. */
  LOG_CUT_SYNC,
  /** RocksDB makes its files, or replays the write-ahead log into tables. */
  DATABASE_OPEN,
  /** A round without sync is written. */
  ROUND_WRITE,
  /** A round is written and synced. */
  ROUND_SYNC,
  /** A round that removes rows is written: a cut of a log's end, or a group that goes. */
  ROUND_CUT,
  /** A slot of the synced mark is written. */
  MARK_WRITE,
  /** The synced mark is synced. */
  MARK_SYNC,
  /** RocksDB writes memory tables to files, in the background. */
  FLUSH,
  /** The write-ahead log is synced at the end. */
  CLOSE_SYNC
}
