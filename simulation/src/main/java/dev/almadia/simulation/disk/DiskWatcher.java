// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.disk;

import java.util.List;

/**
 * Sees everything that happens to a disk's content, at once and in order. A watcher that applies
 * all of it to a copy of its own has the disk's content at any time.
 */
public interface DiskWatcher {
  /**
   * A round is there, and readers see it.
   *
   * @param changes by group
   * @param synced whether it, and all before it, are on stable storage now
   */
  void onRound(List<GroupChange> changes, boolean synced);

  /** All rounds so far are on stable storage, without a new one. */
  default void onSynced() {}

  /**
   * The newest round is gone, which was never synced. Called once for each lost round, the newest
   * first.
   *
   * @param changes what it had changed, to be undone
   */
  default void onLost(List<GroupChange> changes) {}

  /** Everything is gone; the disk is new. */
  default void onWiped() {}
}
