// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.disk;

/** Says which entries a fault may harm, so that enough replicas of each stay whole. */
@FunctionalInterface
public interface EntryFilter {
  /** Whether this entry on this disk may be harmed. */
  boolean mayHarm(long groupId, long index);
}
