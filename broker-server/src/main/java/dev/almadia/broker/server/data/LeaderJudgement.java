// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.producer.PartitionMachine;
import dev.almadia.broker.core.producer.PartitionProducers;
import dev.almadia.broker.core.producer.ProducerErrors;
import dev.almadia.broker.core.producer.ProducerStamp;
import dev.almadia.broker.core.producer.ProducerStamps;
import dev.almadia.broker.core.producer.ProducerWrite;
import dev.almadia.broker.core.producer.Verdict;
import dev.almadia.broker.core.record.ByteSlice;
import dev.almadia.broker.core.record.ProducedBatch;
import dev.almadia.raft.shard.Proposal;
import dev.almadia.raft.shard.ProposalFailure;
import dev.almadia.raft.shard.StateMachine;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the leader of a partition says to the terms of one write. It rests on what is only appended
 * too, so it is told when that is committed. Shard thread only.
 *
 * <p>A write that was put together from several batches of a producer is refused as a whole. Of one
 * that is resent the first batches may be there already: the others are appended without them.
 */
final class LeaderJudgement {
  private final PartWrite part;
  private final int producersMax;
  private @Nullable PartitionProducers producers;
  private long term;

  /** Where it was appended among what is not applied yet, -1 if it was not. */
  private int place = -1;

  private @Nullable BrokerError refusal;

  /** Offsets of the producer's parts that are there already, which come first. */
  private List<Long> known = List.of();

  LeaderJudgement(PartWrite part, int producersMax) {
    this.part = part;
    this.producersMax = producersMax;
  }

  /** Whether anything is to be appended; if not, the rest of this says why. */
  boolean mayAppend(Proposal.Place at, StateMachine machine) {
    term = at.term();
    ProducerWrite write = part.terms().producer();
    if (write != null) {
      producers = ((PartitionMachine) machine).producers();
      Verdict verdict = producers.judge(term, write, producersMax);
      if (verdict instanceof Verdict.Append append) {
        known = append.offsets();
      } else if (verdict instanceof Verdict.Duplicate duplicate) {
        known = duplicate.offsets();
        return false;
      } else if (verdict instanceof Verdict.Refused refused) {
        refusal =
            ProducerErrors.of(refused, write, part.topic().name(), part.partition(), producersMax);
        return false;
      }
    }
    long expected = part.terms().expectedNextOffset();
    if (expected != WriteTerms.ANY && expected != at.nextOffset()) {
      refusal = ProducerErrors.offsetMismatch(expected, at.nextOffset());
      return false;
    }
    return true;
  }

  /** The records to append: all, but for those that are there already. */
  ProducedBatch batch() {
    ProducerWrite write = part.terms().producer();
    if (write == null || known.isEmpty()) {
      return part.batch();
    }
    int there = 0;
    for (ProducerWrite.Part first : write.parts().subList(0, known.size())) {
      there += first.segment().count();
    }
    return part.batch().from(there);
  }

  /** They are appended; returns what their entry says of its producer. */
  ByteSlice append(Proposal.Place at) {
    ProducerWrite write = part.terms().producer();
    PartitionProducers table = producers;
    if (write == null || table == null) {
      return ByteSlice.EMPTY;
    }
    ProducerStamp stamp = write.stampFrom(known.size());
    place = table.appended(stamp, at.nextOffset(), at.nowMs());
    return ProducerStamps.encode(stamp);
  }

  /** If the log did not take it after all, it is as if it had never been asked. */
  void failed(ProposalFailure failure) {
    boolean isRefused =
        switch (failure) {
          case NOT_LEADER, NOT_READY, OVERLOADED -> true;
          case OUTCOME_UNKNOWN, NO_SUCH_GROUP, STOPPING -> false;
        };
    PartitionProducers table = producers;
    if (isRefused && table != null && place >= 0) {
      table.takeBack(term, place);
      place = -1;
    }
  }

  /** Why it was not appended; null if it is there already. */
  @Nullable BrokerError refusal() {
    return refusal;
  }

  /**
   * Offsets of the first records of the producer's batches that are there already, which come
   * first; -1 where they are not known any more.
   */
  List<Long> known() {
    return known;
  }
}
