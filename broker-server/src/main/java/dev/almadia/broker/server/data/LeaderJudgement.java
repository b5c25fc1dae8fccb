// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.producer.PartitionMachine;
import dev.almadia.broker.core.producer.PartitionProducers;
import dev.almadia.broker.core.producer.ProducerErrors;
import dev.almadia.broker.core.producer.ProducerStamp;
import dev.almadia.broker.core.producer.ProducerStamps;
import dev.almadia.broker.core.producer.ProducerWrite;
import dev.almadia.broker.core.producer.Segment;
import dev.almadia.broker.core.producer.Verdict;
import dev.almadia.broker.core.record.ByteSlice;
import dev.almadia.raft.shard.Proposal;
import dev.almadia.raft.shard.ProposalFailure;
import dev.almadia.raft.shard.StateMachine;
import org.jspecify.annotations.Nullable;

/**
 * What the leader of a partition says to the terms of one write. It rests on what is only appended
 * too, so it is told when that is committed. Shard thread only.
 */
final class LeaderJudgement {
  private final PartWrite part;
  private final int producersMax;
  private @Nullable PartitionProducers producers;
  private long term;

  /** Where it was appended among what is not applied yet, -1 if it was not. */
  private int place = -1;

  private @Nullable BrokerError refusal;
  private long duplicateOffset;

  LeaderJudgement(PartWrite part, int producersMax) {
    this.part = part;
    this.producersMax = producersMax;
  }

  /** Whether the batch is to be appended; if not, the rest of this says why. */
  boolean mayAppend(Proposal.Place at, StateMachine machine) {
    term = at.term();
    ProducerWrite write = part.terms().producer();
    if (write != null) {
      producers = ((PartitionMachine) machine).producers();
      Verdict verdict = producers.judge(term, write, producersMax);
      if (verdict instanceof Verdict.Duplicate duplicate) {
        duplicateOffset = duplicate.offsets().get(0);
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

  /** It is appended; returns what its entry says of its producer. */
  ByteSlice append(Proposal.Place at) {
    ProducerWrite write = part.terms().producer();
    PartitionProducers known = producers;
    if (write == null || known == null) {
      return ByteSlice.EMPTY;
    }
    ProducerStamp stamp =
        new ProducerStamp(
            write.producerId(),
            write.epoch(),
            write.routed(),
            write.parts().stream().map(ProducerWrite.Part::segment).toList());
    place = known.appended(stamp, at.nextOffset(), at.nowMs());
    return ProducerStamps.encode(stamp);
  }

  /** If the log did not take it after all, it is as if it had never been asked. */
  void failed(ProposalFailure failure) {
    boolean isRefused =
        switch (failure) {
          case NOT_LEADER, NOT_READY, OVERLOADED -> true;
          case OUTCOME_UNKNOWN, NO_SUCH_GROUP, STOPPING -> false;
        };
    PartitionProducers known = producers;
    if (isRefused && known != null && place >= 0) {
      known.takeBack(term, place);
      place = -1;
    }
  }

  /** Why it was not appended; null if it is there already. */
  @Nullable BrokerError refusal() {
    return refusal;
  }

  /** Offset of the first record that is there already, -1 if it is not known any more. */
  long duplicateOffset() {
    return duplicateOffset;
  }

  /** Sequences of the batch, null if its producer has no name. */
  @Nullable Segment segment() {
    ProducerWrite write = part.terms().producer();
    return write == null ? null : write.parts().get(0).segment();
  }
}
