// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.routing;

/** Who leads which group, as far as this broker has heard. Any thread may read. */
public interface LeaderTable {
  /**
   * A leader and its term.
   *
   * @param brokerId 0 if none is known
   */
  record Leader(int brokerId, long term) {}

  /** Nobody known. */
  Leader NONE = new Leader(0, 0);

  /** Leader of the group; {@link #NONE} if none is known. */
  Leader leaderOf(long groupId);
}
