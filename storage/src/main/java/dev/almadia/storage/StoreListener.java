// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import org.rocksdb.AbstractEventListener;
import org.rocksdb.FlushJobInfo;
import org.rocksdb.MemTableInfo;
import org.rocksdb.RocksDB;

/**
 * What RocksDB tells of itself. A memory table is sealed exactly when a new write-ahead log begins.
 */
final class StoreListener extends AbstractEventListener {
  private final Runnable onWalSwitch;
  private final CrashPoints points;

  StoreListener(Runnable onWalSwitch, CrashPoints points) {
    super(eventsFor(points));
    this.onWalSwitch = onWalSwitch;
    this.points = points;
  }

  /** Flushes are nobody's business but the tests'. */
  private static EnabledEventCallback[] eventsFor(CrashPoints points) {
    EnabledEventCallback sealed = EnabledEventCallback.ON_MEMTABLE_SEALED;
    return points == CrashPoints.NONE
        ? new EnabledEventCallback[] {sealed}
        : new EnabledEventCallback[] {
          sealed, EnabledEventCallback.ON_FLUSH_BEGIN, EnabledEventCallback.ON_FLUSH_COMPLETED
        };
  }

  @Override
  public void onMemTableSealed(MemTableInfo info) {
    onWalSwitch.run();
  }

  @Override
  public void onFlushBegin(RocksDB db, FlushJobInfo info) {
    points.before(DurableStep.FLUSH);
  }

  @Override
  public void onFlushCompleted(RocksDB db, FlushJobInfo info) {
    points.after(DurableStep.FLUSH);
  }
}
