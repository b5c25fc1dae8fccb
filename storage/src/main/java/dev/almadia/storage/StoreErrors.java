// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import dev.almadia.raft.store.StoreException;
import dev.almadia.raft.store.StoreException.Reason;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/** Turns what RocksDB says into reasons, and keeps damage apart from everything else (A17). */
final class StoreErrors {
  private StoreErrors() {}

  static StoreException of(RocksDBException cause, String what) {
    Status status = cause.getStatus();
    boolean corrupt = status != null && status.getCode() == Status.Code.Corruption;
    return new StoreException(
        corrupt ? Reason.CORRUPT : Reason.IO, what + ": " + cause.getMessage(), cause);
  }

  static StoreException corrupt(long groupId, long index, String what) {
    return new StoreException(
        Reason.CORRUPT, "group " + groupId + ", index " + index + ": " + what);
  }

  static StoreException corrupt(long groupId, long index, Exception cause) {
    return new StoreException(
        Reason.CORRUPT, "group " + groupId + ", index " + index + ": " + cause.getMessage(), cause);
  }

  /** The kind of failure is the cause's: a device that refuses a read has not damaged the entry. */
  static StoreException reading(long groupId, long index, RocksDBException cause) {
    return of(cause, "group " + groupId + ", index " + index);
  }

  /** A rule of the contract that the caller broke; nothing was written. */
  static void check(boolean holds, long groupId, String rule) {
    if (!holds) {
      throw new IllegalStateException("group " + groupId + ": " + rule);
    }
  }
}
