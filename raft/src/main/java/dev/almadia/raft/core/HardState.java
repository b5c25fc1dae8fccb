// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

/**
 * What a replica must never forget (Raft, figure 2).
 *
 * @param term latest term seen
 * @param votedFor broker id voted for in that term, 0 if none
 */
public record HardState(long term, int votedFor) {
  /** State of a replica that has seen nothing. */
  public static final HardState INITIAL = new HardState(0, 0);
}
