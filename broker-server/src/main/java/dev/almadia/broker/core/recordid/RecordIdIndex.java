// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.recordid;

import dev.almadia.broker.core.record.RecordIds;

/**
 * The ids that a partition remembers, as its committed entries say. The same entries give the same
 * on every broker: time is that of the log, which is the highest append time so far, and no clock.
 * One thread.
 *
 * <p>An id of time t is known while t + window is above the time that asks. Who asks never asks for
 * a time before that of the log, so what is dropped here is never missed: the window is exact. Only
 * a window that is made longer begins with what the shorter one left.
 */
final class RecordIdIndex {
  private final IdRing ring = new IdRing();
  private DedupSetting setting = DedupSetting.NEVER;
  private long timeMs;

  /** An entry with a stamp is committed. */
  void apply(RecordIdStamp stamp, long firstOffset, long appendMs) {
    setting = setting.newest(stamp.setting());
    timeMs = Math.max(timeMs, appendMs);
    if (!setting.isOn()) {
      ring.clear();
      return;
    }
    ring.dropOldest(ring.countUpTo(timeMs - setting.windowMs()));
    RecordIds ids = stamp.ids();
    for (int id = 0; id < ids.size(); id++) {
      ring.add(ids.high(id), ids.low(id), firstOffset + ids.position(id), timeMs);
    }
  }

  DedupSetting setting() {
    return setting;
  }

  /** Time of the log. */
  long timeMs() {
    return timeMs;
  }

  IdRing ring() {
    return ring;
  }

  /** Whether it is as that of a partition that never heard of ids. */
  boolean isNew() {
    return setting.equals(DedupSetting.NEVER);
  }

  void restore(DedupSetting restored, long restoredTimeMs) {
    ring.clear();
    setting = restored;
    timeMs = restoredTimeMs;
  }
}
