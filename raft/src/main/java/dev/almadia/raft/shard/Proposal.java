// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import dev.almadia.raft.core.EntryDraft;

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
   * draft of the group is asked for in a later turn, or {@link #onFailed} is called before that.
   */
  EntryDraft draft(Place place);

  /** Committed, as durable as the group demands, and applied here. Called once, or onFailed is. */
  void onCommitted(long index, long term);

  /** Not (known to be) committed. */
  void onFailed(ProposalFailure failure);
}
