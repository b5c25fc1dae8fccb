// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import dev.almadia.raft.core.EntryDraft;
import org.jspecify.annotations.Nullable;

/**
 * Something that a leader shall append. All calls on the shard thread, but for a refusal at the
 * door (OVERLOADED, STOPPING), which comes on the proposing thread; none may block.
 */
public interface Proposal {
  /**
   * Where the entry will stand.
   *
   * @param term term of the leader
   * @param nextOffset record offset that its first record gets
   * @param lastMaxTimestampMs highest timestamp in the log so far
   * @param nowMs the leader's wall clock
   */
  record Place(long term, long nextOffset, long lastMaxTimestampMs, long nowMs) {}

  /** What it will about cost in memory and on the wire, in bytes. */
  int costBytes();

  /**
   * Makes the entry for its place; called at most once. What it returns is appended before the next
   * draft of the group is asked for in a later turn, or {@link #onFailed} is called before that,
   * for this proposal and all that were drafted after it in the same turn.
   *
   * @param machine the group's state machine, which has everything up to the first entry of this
   *     leader's term; all that is behind was appended by this leader
   * @return null if there is nothing to append: {@link #onSettled} follows
   */
  @Nullable EntryDraft draft(Place place, StateMachine machine);

  /**
   * It appended nothing, and all that was appended before it was asked is committed and applied: so
   * what it saw of that is true. Called once, or onFailed is.
   */
  default void onSettled() {
    throw new IllegalStateException("it has a draft for every place");
  }

  /** Committed, as durable as the group demands, and applied here. Called once, or onFailed is. */
  void onCommitted(long index, long term);

  /** Not (known to be) committed. */
  void onFailed(ProposalFailure failure);
}
