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
import dev.almadia.broker.core.recordid.DedupSetting;
import dev.almadia.broker.core.recordid.IdVerdict;
import dev.almadia.broker.core.recordid.Originals;
import dev.almadia.broker.core.recordid.PartitionRecordIds;
import dev.almadia.broker.core.recordid.RecordIdErrors;
import dev.almadia.broker.core.recordid.RecordIdStamp;
import dev.almadia.raft.shard.Proposal;
import dev.almadia.raft.shard.ProposalFailure;
import dev.almadia.raft.shard.StateMachine;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the leader of a partition says to the terms of one write. It rests on what is only appended
 * too, so it is told when that is committed. Shard thread only.
 *
 * <p>Records that are there already by their ids are told apart from others, and nothing is
 * appended: whoever writes takes them out and asks again. Of a producer with a name sequences say
 * what is there, so its ids are only remembered.
 *
 * <p>A write that was put together from several batches of a producer is refused as a whole. Of one
 * that is resent the first batches may be there already: the others are appended without them.
 */
final class LeaderJudgement {
  /**
   * What a partition may remember, and for how long.
   *
   * @param producersMax most producers
   * @param idsMax most record ids
   * @param dedup the topic's setting, as far as this broker has heard
   */
  record Limits(int producersMax, int idsMax, DedupSetting dedup) {}

  /** What the entry of a batch says beside its records; empty for nothing. */
  record Stamps(ByteSlice producer, ByteSlice recordIds) {}

  private final PartWrite part;
  private final Limits limits;
  private @Nullable PartitionProducers producers;
  private @Nullable PartitionRecordIds recordIds;
  private long term;

  /** Where it was appended among what is not applied yet, -1 if it was not. */
  private int place = -1;

  /** The same of its record ids. */
  private int idPlace = -1;

  private @Nullable BrokerError refusal;
  private @Nullable Originals originals;
  private boolean needsIds;

  /** Offsets of the producer's parts that are there already, which come first. */
  private List<Long> known = List.of();

  /** The records of the others; null if nobody asked yet. */
  private @Nullable ProducedBatch rest;

  LeaderJudgement(PartWrite part, Limits limits) {
    this.part = part;
    this.limits = limits;
  }

  /** Whether anything is to be appended; if not, the rest of this says why. */
  boolean mayAppend(Proposal.Place at, StateMachine machine) {
    term = at.term();
    PartitionMachine partition = (PartitionMachine) machine;
    if (!mayByProducer(partition.producers()) || !mayByIds(at, partition.recordIds())) {
      return false;
    }
    long expected = part.terms().expectedNextOffset();
    if (expected != WriteTerms.ANY && expected != at.nextOffset()) {
      refusal = ProducerErrors.offsetMismatch(expected, at.nextOffset());
      return false;
    }
    return true;
  }

  private boolean mayByProducer(PartitionProducers table) {
    ProducerWrite write = part.terms().producer();
    if (write == null) {
      return true;
    }
    producers = table;
    Verdict verdict = table.judge(term, write, limits.producersMax());
    if (verdict instanceof Verdict.Append append) {
      known = append.offsets();
      return true;
    }
    if (verdict instanceof Verdict.Duplicate duplicate) {
      known = duplicate.offsets();
    } else if (verdict instanceof Verdict.Refused refused) {
      refusal =
          ProducerErrors.of(
              refused, write, part.topic().name(), part.partition(), limits.producersMax());
    }
    return false;
  }

  private boolean mayByIds(Proposal.Place at, PartitionRecordIds index) {
    recordIds = index;
    ProducedBatch batch = batch();
    boolean isJudged = part.terms().producer() == null;
    IdVerdict verdict =
        index.judge(
            term,
            new PartitionRecordIds.Asked(batch.ids(), batch.count(), isJudged),
            new PartitionRecordIds.Terms(limits.dedup(), at.nowMs(), limits.idsMax()));
    if (verdict instanceof IdVerdict.Append) {
      return true;
    }
    if (verdict instanceof IdVerdict.Unread) {
      needsIds = true;
    } else if (verdict instanceof IdVerdict.Known some) {
      originals = some.originals();
    } else if (verdict instanceof IdVerdict.Full full) {
      refusal = RecordIdErrors.limit(full, limits.idsMax(), part.topic().name(), part.partition());
    }
    return false;
  }

  /** The records to append: all, but for those that are there already. */
  ProducedBatch batch() {
    ProducerWrite write = part.terms().producer();
    if (write == null || known.isEmpty()) {
      return part.batch();
    }
    ProducedBatch cut = rest;
    if (cut == null) {
      int there = 0;
      for (ProducerWrite.Part first : write.parts().subList(0, known.size())) {
        there += first.segment().count();
      }
      cut = part.batch().from(there);
      rest = cut;
    }
    return cut;
  }

  /** They are appended; returns what their entry says beside them. */
  Stamps append(Proposal.Place at) {
    return new Stamps(appendProducer(at), appendIds(at));
  }

  private ByteSlice appendProducer(Proposal.Place at) {
    ProducerWrite write = part.terms().producer();
    PartitionProducers table = producers;
    if (write == null || table == null) {
      return ByteSlice.EMPTY;
    }
    ProducerStamp stamp = write.stampFrom(known.size());
    place = table.appended(stamp, at.nextOffset(), at.nowMs());
    return ProducerStamps.encode(stamp);
  }

  private ByteSlice appendIds(Proposal.Place at) {
    PartitionRecordIds index = recordIds;
    ProducedBatch batch = batch();
    RecordIdStamp stamp = index == null ? null : index.stamp(batch.ids(), limits.dedup());
    if (index == null || stamp == null) {
      return ByteSlice.EMPTY;
    }
    idPlace = index.appended(stamp, at.nextOffset(), at.nowMs());
    return stamp.encode(batch.count());
  }

  /** If the log did not take it after all, it is as if it had never been asked. */
  void failed(ProposalFailure failure) {
    boolean isRefused =
        switch (failure) {
          case NOT_LEADER, NOT_READY, OVERLOADED -> true;
          case OUTCOME_UNKNOWN, NO_SUCH_GROUP, STOPPING -> false;
        };
    if (!isRefused) {
      return;
    }
    PartitionProducers table = producers;
    if (table != null && place >= 0) {
      table.takeBack(term, place);
      place = -1;
    }
    PartitionRecordIds index = recordIds;
    if (index != null && idPlace >= 0) {
      index.takeBack(term, idPlace);
      idPlace = -1;
    }
  }

  /** Which records are there already, so that nothing was appended; null if none is. */
  @Nullable Originals originals() {
    return originals;
  }

  /** Whether nothing was appended because somebody must read the ids first. */
  boolean needsIds() {
    return needsIds;
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
