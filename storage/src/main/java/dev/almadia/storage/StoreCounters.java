// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import java.util.concurrent.atomic.LongAdder;

/** What a store has done since it was opened, for metrics. Any thread may read. */
public final class StoreCounters {
  private final LongAdder rounds = new LongAdder();
  private final LongAdder syncedRounds = new LongAdder();
  private final LongAdder writtenEntries = new LongAdder();
  private final LongAdder writtenBytes = new LongAdder();
  private final LongAdder writeNanos = new LongAdder();
  private final LongAdder syncNanos = new LongAdder();
  private final LongAdder marks = new LongAdder();
  private final LongAdder readEntries = new LongAdder();
  private final LongAdder readBytes = new LongAdder();
  private final LongAdder corruptReads = new LongAdder();

  StoreCounters() {}

  void onRound(int entries, long bytes, boolean synced, long nanos) {
    rounds.increment();
    writtenEntries.add(entries);
    writtenBytes.add(bytes);
    writeNanos.add(nanos);
    if (synced) {
      syncedRounds.increment();
      syncNanos.add(nanos);
    }
  }

  void onMark() {
    marks.increment();
  }

  void onRead(int entries, long bytes) {
    readEntries.add(entries);
    readBytes.add(bytes);
  }

  void onCorruptRead() {
    corruptReads.increment();
  }

  /** Rounds written. */
  public long rounds() {
    return rounds.sum();
  }

  /** Rounds written with a sync. */
  public long syncedRounds() {
    return syncedRounds.sum();
  }

  /** Entries written. */
  public long writtenEntries() {
    return writtenEntries.sum();
  }

  /** Bytes of all rounds, keys and headers included; the write-ahead log has as many. */
  public long writtenBytes() {
    return writtenBytes.sum();
  }

  /** Time in all writes. */
  public long writeNanos() {
    return writeNanos.sum();
  }

  /** Time in writes with a sync; RocksDB does not tell the sync alone. */
  public long syncNanos() {
    return syncNanos.sum();
  }

  /** Synced marks written, each one sync more. */
  public long marks() {
    return marks.sum();
  }

  /** Entries read. */
  public long readEntries() {
    return readEntries.sum();
  }

  /** Payload bytes read. */
  public long readBytes() {
    return readBytes.sum();
  }

  /** Reads that found damage. More than none is a reason for an alarm. */
  public long corruptReads() {
    return corruptReads.sum();
  }
}
