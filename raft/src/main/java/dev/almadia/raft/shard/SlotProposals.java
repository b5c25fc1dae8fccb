// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import dev.almadia.raft.core.EntryDraft;
import dev.almadia.raft.core.ProposeResult;
import dev.almadia.raft.core.RaftCore;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Brings the proposals of one turn into the log of a group that leads. Shard thread only. */
final class SlotProposals {
  private final ShardContext context;
  private final RaftCore core;
  private final StateMachine machine;
  private final AckQueue acks;

  SlotProposals(ShardContext context, RaftCore core, StateMachine machine, AckQueue acks) {
    this.context = context;
    this.core = core;
    this.machine = machine;
    this.acks = acks;
  }

  /**
   * The core has the same bound and would refuse the whole batch; refusing one by one before they
   * are drafted lets as many pass as fit. Something always does if nothing waits, or an entry
   * larger than the bound could never be appended.
   */
  @Nullable ProposalFailure roomFor(long costBytes, long acceptedBytes) {
    long waiting = acks.pendingBytes() + acceptedBytes;
    long max = context.parts.config().groupLimits().uncommittedBytesMax();
    return waiting > 0 && waiting + costBytes > max ? ProposalFailure.OVERLOADED : null;
  }

  /** All at once: one append, one set of messages, however many clients. */
  void append(List<ShardMailbox.Request> accepted) {
    long term = core.term();
    long nextOffset = core.lastNextOffset();
    long maxTimestampMs = core.lastMaxTimestampMs();
    long index = core.last().index();
    List<EntryDraft> drafts = new ArrayList<>(accepted.size());
    List<AckQueue.Ack> drafted = new ArrayList<>(accepted.size());
    for (ShardMailbox.Request request : accepted) {
      context.mailbox.release(request);
      Proposal proposal = request.proposal();
      if (proposal == null) {
        continue;
      }
      Proposal.Place place =
          new Proposal.Place(term, nextOffset, maxTimestampMs, context.turnWallMillis);
      EntryDraft draft = proposal.draft(place, machine);
      long costBytes = 0;
      if (draft != null) {
        nextOffset = draft.nextOffset();
        maxTimestampMs = draft.maxTimestampMs();
        costBytes = proposal.costBytes();
        drafts.add(draft);
        index++;
      }
      drafted.add(
          new AckQueue.Ack(index, term, proposal, draft != null, costBytes, context.turnNanos));
    }
    ProposalFailure failure = drafts.isEmpty() ? null : failureOf(core.propose(term, drafts));
    for (AckQueue.Ack one : drafted) {
      if (failure == null) {
        acks.add(one);
      } else {
        one.proposal().onFailed(failure);
      }
    }
  }

  private static @Nullable ProposalFailure failureOf(ProposeResult result) {
    return switch (result.outcome()) {
      case ACCEPTED -> null;
      case NOT_LEADER -> ProposalFailure.NOT_LEADER;
      case TRANSFERRING -> ProposalFailure.NOT_READY;
      case OVERLOADED -> ProposalFailure.OVERLOADED;
    };
  }
}
