// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.testing;

import dev.almadia.raft.core.EntryDraft;
import dev.almadia.raft.core.EntryKind;
import dev.almadia.raft.shard.Proposal;
import dev.almadia.raft.shard.ProposalFailure;
import dev.almadia.raft.shard.StateMachine;
import java.util.ArrayList;
import java.util.List;

/** One record, and what became of it. */
public final class TestProposal implements Proposal {
  private final byte[] payload;
  private final List<String> journal;
  private Place place;
  private long index;
  private ProposalFailure failure;

  /** With its own journal. */
  public TestProposal(byte[] payload) {
    this(payload, new ArrayList<>());
  }

  /**
   * Of this content.
   *
   * @param journal gets a line for each call
   */
  public TestProposal(byte[] payload, List<String> journal) {
    this.payload = payload;
    this.journal = journal;
  }

  @Override
  public int costBytes() {
    return payload.length + 64;
  }

  @Override
  public EntryDraft draft(Place given, StateMachine machine) {
    check(place == null && !isDone());
    place = given;
    return new EntryDraft(
        EntryKind.DATA, given.nextOffset() + 1, given.lastMaxTimestampMs() + 1, payload);
  }

  @Override
  public void onCommitted(long committedIndex, long term) {
    check(place != null && !isDone() && place.term() == term);
    index = committedIndex;
    journal.add("committed " + committedIndex);
  }

  @Override
  public void onFailed(ProposalFailure why) {
    check(!isDone());
    failure = why;
    journal.add("failed " + why);
  }

  private static void check(boolean holds) {
    if (!holds) {
      throw new AssertionError("a proposal heard of its fate twice, or was drafted twice");
    }
  }

  /** Whether it heard of its fate. */
  public boolean isDone() {
    return index != 0 || failure != null;
  }

  /** Whether it was acknowledged. */
  public boolean isCommitted() {
    return index != 0;
  }

  /** Where it was committed, 0 if it is not known to be. */
  public long index() {
    return index;
  }

  /** Why it failed, null if it did not. */
  public ProposalFailure failure() {
    return failure;
  }

  /** Record offset that it got. */
  public long offset() {
    return place.nextOffset();
  }

  /** Its content. */
  public byte[] payload() {
    return payload;
  }
}
