// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import dev.almadia.raft.core.Entry;

/** What a group replicates for. All calls on the shard thread; none may block. */
public interface StateMachine {
  /**
   * Whether {@link #apply} is wanted. A partition's log is its data: it says no, and nothing is
   * read back from disk for it at the start. Where it is wanted the log is never cut at its start,
   * because no message carries to others what was derived from entries that are gone.
   */
  boolean wantsEntries();

  /**
   * The next committed entry of any kind, from the first kept one on, each exactly once in the life
   * of the process.
   */
  void apply(Entry entry);

  /**
   * The group's view changed in this turn (role, leader, commit, log start). Called once a turn.
   */
  void viewChanged(GroupView view);
}
