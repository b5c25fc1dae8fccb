// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

/**
 * Identity of an entry: two entries of one group with the same term and index are the same (Raft,
 * log matching).
 *
 * @param term term of the leader that made it; 0 only before the first entry
 * @param index Raft index; 0 only before the first entry
 */
public record EntryId(long term, long index) {
  /** The place before the first entry of a new log. */
  public static final EntryId ZERO = new EntryId(0, 0);
}
