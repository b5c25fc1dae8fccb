// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.producer.Opening;
import dev.almadia.broker.core.producer.PartitionMachine;
import dev.almadia.broker.core.producer.PartitionProducers;
import dev.almadia.broker.core.producer.ProducerErrors;
import dev.almadia.broker.core.producer.ProducerState;
import dev.almadia.broker.core.producer.Verdict;
import dev.almadia.internal.v1.PartitionOpening;
import dev.almadia.raft.core.EntryDraft;
import dev.almadia.raft.core.EntryKind;
import dev.almadia.raft.shard.Proposal;
import dev.almadia.raft.shard.ProposalFailure;
import dev.almadia.raft.shard.StateMachine;
import org.jspecify.annotations.Nullable;

/**
 * An opening on its way into the log of a partition that is led here. Told of only when it is
 * committed: whoever hears of it believes that earlier instances can write no more. Shard thread
 * only.
 */
final class OpeningProposal implements Proposal {
  private static final int COST_BYTES = 256;

  /**
   * Which partition.
   *
   * @param producersMax how many producers it may have
   */
  record Target(String topic, int partition, int producersMax) {}

  private final Opening opening;
  private final Target target;
  private final Reply<PartitionOpening> reply;
  private @Nullable PartitionProducers producers;
  private @Nullable BrokerError refusal;
  private long term;

  /** Where it was appended among what is not applied yet, -1 if it was not. */
  private int place = -1;

  /**
   * A proposal.
   *
   * @param reply hears of the end; a result without content if it is to be tried again, an error if
   *     that is of no use
   */
  OpeningProposal(Opening opening, Target target, Reply<PartitionOpening> reply) {
    this.opening = opening;
    this.target = target;
    this.reply = reply;
  }

  @Override
  public int costBytes() {
    return COST_BYTES;
  }

  @Override
  public @Nullable EntryDraft draft(Place at, StateMachine machine) {
    PartitionProducers known = ((PartitionMachine) machine).producers();
    producers = known;
    term = at.term();
    Verdict verdict =
        known.judgeOpening(
            term, opening.producerId(), opening.epoch(), opening.session(), target.producersMax());
    if (verdict instanceof Verdict.Append) {
      place = known.opened(opening.producerId(), opening.epoch(), opening.session());
      return new EntryDraft(
          EntryKind.CONTROL, at.nextOffset(), at.lastMaxTimestampMs(), opening.encode());
    }
    if (verdict instanceof Verdict.Refused refused && refused.refusal() == Verdict.Refusal.LIMIT) {
      refusal =
          ProducerErrors.limit(
              opening.producerId(), target.topic(), target.partition(), target.producersMax());
    }
    return null;
  }

  @Override
  public void onCommitted(long index, long committedTerm) {
    tell();
  }

  /** It is there already, or another is in the way: as the log now says. */
  @Override
  public void onSettled() {
    BrokerError known = refusal;
    if (known != null) {
      reply.failed(known);
    } else {
      tell();
    }
  }

  private void tell() {
    PartitionProducers known = producers;
    if (known == null) {
      throw new IllegalStateException("an opening that was never drafted has an end");
    }
    ProducerState state = known.applied(opening.producerId());
    boolean isOpen = state.epoch() == opening.epoch() && state.session() == opening.session();
    reply.done(
        isOpen
            ? PartitionOpening.newBuilder()
                .setPosition(ReadingProposal.position(target.partition(), state))
                .build()
            : PartitionOpening.newBuilder().setCurrentEpoch(state.epoch()).build());
  }

  @Override
  public void onFailed(ProposalFailure failure) {
    boolean isRefused =
        switch (failure) {
          case NOT_LEADER, NOT_READY, OVERLOADED -> true;
          case OUTCOME_UNKNOWN, NO_SUCH_GROUP, STOPPING -> false;
        };
    PartitionProducers known = producers;
    if (isRefused && known != null && place >= 0) {
      known.takeBack(term, place);
    }
    // The same opening may be there twice, so it does not matter whether it is there now.
    reply.done(PartitionOpening.getDefaultInstance());
  }
}
