// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.runtime;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.raft.store.LogStore;
import dev.almadia.raft.store.StoreSpace;
import dev.almadia.v1.ErrorReason;
import org.jspecify.annotations.Nullable;

/**
 * Refuses writes before the disk is full: what is left then is for Raft itself, for compaction, and
 * for deleting. {@link #measure} on the timer thread, about once a second; the rest on any.
 */
public final class DiskGuard {
  private final int self;
  private final LogStore store;
  private final long reserveBytes;
  // Written by the timer thread, read by any.
  private volatile StoreSpace space;

  DiskGuard(int self, LogStore store, long reserveBytes) {
    this.self = self;
    this.store = store;
    this.reserveBytes = reserveBytes;
    this.space = store.space();
  }

  void measure() {
    space = store.space();
  }

  /** Room as last measured. */
  public StoreSpace space() {
    return space;
  }

  /** Free space as last measured, in bytes. */
  public long freeBytes() {
    return space.freeBytes();
  }

  /** Whether the reserve is touched. */
  public boolean isLow() {
    return freeBytes() < reserveBytes;
  }

  /** Why writes are refused; null if they are not. */
  public @Nullable BrokerError refusal() {
    long freeBytes = freeBytes();
    return freeBytes < reserveBytes
        ? BrokerError.of(
            ErrorReason.ERROR_REASON_DISK_FULL,
            "The disk of broker " + self + " has only " + freeBytes + " bytes left",
            "broker_id",
            self,
            "free_bytes",
            freeBytes)
        : null;
  }
}
