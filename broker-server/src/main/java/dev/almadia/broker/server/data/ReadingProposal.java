// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.core.producer.PartitionMachine;
import dev.almadia.broker.core.producer.PartitionProducers;
import dev.almadia.broker.core.producer.ProducerState;
import dev.almadia.internal.v1.KnownProducer;
import dev.almadia.internal.v1.KnownProducers;
import dev.almadia.raft.core.EntryDraft;
import dev.almadia.raft.shard.Proposal;
import dev.almadia.raft.shard.ProposalFailure;
import dev.almadia.raft.shard.StateMachine;
import dev.almadia.v1.ProducerPosition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a partition that is led here knows of producers. It appends nothing; what it tells has
 * in it all that was acknowledged before it was asked. Shard thread only.
 */
final class ReadingProposal implements Proposal {
  private static final int COST_BYTES = 64;

  /**
   * What is asked.
   *
   * @param producerId one producer, empty for several
   * @param after those behind this name
   * @param limit at most so many
   */
  record Question(String producerId, String after, int limit) {}

  private final int partition;
  private final Question question;
  private final Reply<KnownProducers> reply;
  private @Nullable PartitionProducers producers;

  ReadingProposal(int partition, Question question, Reply<KnownProducers> reply) {
    this.partition = partition;
    this.question = question;
    this.reply = reply;
  }

  @Override
  public int costBytes() {
    return COST_BYTES;
  }

  @Override
  public @Nullable EntryDraft draft(Place at, StateMachine machine) {
    producers = ((PartitionMachine) machine).producers();
    return null;
  }

  @Override
  public void onSettled() {
    PartitionProducers known = producers;
    if (known == null) {
      throw new IllegalStateException("a question that was never asked has an answer");
    }
    String id = question.producerId();
    List<String> ids =
        id.isEmpty()
            ? known.idsAfter(question.after(), question.limit())
            : known.has(id) ? List.of(id) : List.of();
    KnownProducers.Builder answer = KnownProducers.newBuilder().setRead(true);
    for (String one : ids) {
      answer.addProducers(
          KnownProducer.newBuilder()
              .setProducerId(one)
              .setPosition(position(partition, known.applied(one))));
    }
    reply.done(answer.build());
  }

  /** A producer's place, as clients hear of it. */
  static ProducerPosition position(int partition, ProducerState state) {
    return ProducerPosition.newBuilder()
        .setPartition(partition)
        .setLastSequence(state.lastSequence())
        .setLastOffset(state.lastOffset())
        .setProducerEpoch(state.epoch())
        .setLastAppendTimeMs(state.lastAppendMs())
        .build();
  }

  @Override
  public void onCommitted(long index, long term) {
    throw new IllegalStateException("it appends nothing");
  }

  @Override
  public void onFailed(ProposalFailure failure) {
    reply.done(KnownProducers.getDefaultInstance());
  }
}
