// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.recordid;

/**
 * How long a topic's ids are known, as of some change of its settings. Brokers hear of changes at
 * different times, so each entry says which one it was appended with, and the newest of all counts.
 *
 * @param revision metadata index of the change; 0 before any that matters here
 * @param windowMs how long, in milliseconds; 0 for not at all
 */
public record DedupSetting(long revision, long windowMs) {
  /** Of a topic that never remembered any. */
  public static final DedupSetting NEVER = new DedupSetting(0, 0);

  /** Checks the bounds. */
  public DedupSetting {
    if (revision < 0 || windowMs < 0) {
      throw new IllegalArgumentException("a window of " + windowMs + " ms, revision " + revision);
    }
  }

  /** The newer of two; this one if they are of the same change. */
  DedupSetting newest(DedupSetting other) {
    return other.revision > revision ? other : this;
  }

  /** Whether ids are known at all. */
  boolean isOn() {
    return windowMs > 0;
  }
}
