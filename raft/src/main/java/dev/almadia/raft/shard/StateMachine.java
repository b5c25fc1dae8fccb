// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import dev.almadia.raft.core.Entry;

/**
 * What a group replicates for: a state that follows from its entries alone. All calls on the shard
 * thread; none may block.
 *
 * <p>So that a log can be cut at its start, and a restart need not read all of it, the state is
 * kept as bytes now and then, and sent to a replica that comes too late for entries that are gone.
 * {@link #restore} comes before the first entry behind it.
 */
public interface StateMachine {
  /**
   * Whether its state cannot be had but from all entries. Then no checkpoint is ever asked of it or
   * given to it, and the log is never cut.
   */
  boolean keepsLog();

  /**
   * The next committed entry of any kind, each exactly once, from the first one of the log or the
   * one behind the last {@link #restore} on. As cheap as can be where it does not concern the
   * state: for a partition this is every batch.
   */
  void apply(Entry entry);

  /**
   * The state as bytes, which are not changed any more. Machines that applied the same entries may
   * be asked at different places, but at the same place all of them give the same.
   */
  byte[] checkpoint();

  /** Whether {@link #restore} can read these bytes; they may be from another broker. */
  boolean canRestore(byte[] state);

  /** Replaces the state by what {@link #checkpoint} gave, here or on another broker. */
  void restore(byte[] state);

  /**
   * The group's view changed in this turn (role, leader, commit, log start). Called once a turn.
   */
  void viewChanged(GroupView view);
}
