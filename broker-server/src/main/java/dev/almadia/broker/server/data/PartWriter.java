// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.metadata.TopicImage;
import dev.almadia.broker.core.producer.ProducerWrite;
import dev.almadia.broker.core.record.ProducedBatch;
import dev.almadia.broker.core.record.StoredBatches;
import dev.almadia.broker.core.recordid.DedupSetting;
import dev.almadia.broker.core.recordid.Originals;
import dev.almadia.broker.core.recordid.RecordIdStamp;
import dev.almadia.broker.core.routing.Hop;
import dev.almadia.broker.core.routing.Route;
import dev.almadia.broker.core.routing.Router;
import dev.almadia.broker.core.topics.TopicConfigs;
import dev.almadia.broker.core.topics.TopicNames;
import dev.almadia.broker.server.BrokerContext;
import dev.almadia.broker.server.grpc.Forwarder;
import dev.almadia.broker.server.grpc.Statuses;
import dev.almadia.internal.v1.OpaqueProduceRequest;
import dev.almadia.internal.v1.OpaqueRecordBatch;
import dev.almadia.raft.core.EntryDraft;
import dev.almadia.raft.core.EntryKind;
import dev.almadia.raft.core.Role;
import dev.almadia.raft.shard.GroupView;
import dev.almadia.raft.shard.Proposal;
import dev.almadia.raft.shard.ProposalFailure;
import dev.almadia.raft.shard.ReadCallback;
import dev.almadia.raft.shard.StateMachine;
import dev.almadia.v1.Durability;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.PartitionResult;
import dev.almadia.v1.ProduceResponse;
import dev.almadia.v1.WriteOutcome;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a batch into a partition's log, here or on the broker that leads it. Any thread may call;
 * nothing blocks.
 *
 * <p>As long as it is certain that the batch was not applied (nobody leads, the leader moved, a
 * connection broke before anything was sent), it tries again until the call's patience ends: as
 * soon as the local replica hears of another leader, or after a pause. Once the outcome is unknown
 * it never does: the batch would be there twice.
 */
final class PartWriter {
  private static final Logger LOG = LoggerFactory.getLogger(PartWriter.class);

  /** Most bytes that an entry has for its producer: the name, three numbers, tags. */
  private static final int PRODUCER_BYTES_MAX = 200;

  /** Most bytes more for each batch of it: three numbers, tags. */
  private static final int SEQUENCES_BYTES_MAX = 32;

  /** Most time for a leader that was just elected to commit its first entry. */
  private static final long CONFIRMATION_MS = 200;

  private final BrokerContext broker;
  private final Router router;
  private final Forwarder forwarder;
  private final long retryMs;

  PartWriter(BrokerContext broker, Router router, Forwarder forwarder, long retryMs) {
    this.broker = broker;
    this.router = router;
    this.forwarder = forwarder;
    this.retryMs = retryMs;
  }

  /** Starts a write. */
  void write(PartWrite part) {
    new Attempt(part, Patience.of(broker, part.call().deadline(), retryMs)).run();
  }

  /** One write with its repetitions; one step at a time, each on the thread that ended the last. */
  private final class Attempt {
    private final Patience patience;
    private boolean waitedForConfirmation;

    /** What is still to be written: less than at first once some of it was found in the log. */
    private PartWrite part;

    /** Which records of the batch as it came were found in the log; null if none was. */
    private @Nullable Originals originals;

    private Attempt(PartWrite part, Patience patience) {
      this.part = part;
      this.patience = patience;
    }

    private void run() {
      TopicImage now = broker.image().topic(part.topic().name());
      if (now != null && now.topicId() != part.topic().topicId()) {
        // Deleted, and created again by the same name: another topic than the caller meant.
        fail(TopicNames.notFound(broker.image(), part.topic().name()));
        return;
      }
      Route route = router.route(part.topic().name(), part.partition(), part.call().hop());
      BrokerError refusal = broker.writeRefusal();
      if (route instanceof Route.Local && refusal != null) {
        fail(refusal);
        return;
      }
      if (route instanceof Route.Local local) {
        TopicImage topic = now == null ? part.topic() : now;
        broker.groups().propose(local.groupId(), new BatchProposal(this, topic, local.groupId()));
      } else if (route instanceof Route.Forward forward) {
        forward(forward.brokerId());
      } else if (route instanceof Route.NoLeader none) {
        again(none.error());
      } else if (route instanceof Route.Refused refused) {
        fail(refused.error());
      }
    }

    private void forward(int brokerId) {
      OpaqueProduceRequest request = forwardedRequest(part);
      part.call()
          .context()
          .run(
              () ->
                  Later.whenDone(
                      forwarder.unary(
                          new Forwarder.Destination(brokerId, part.topic().topicId()),
                          DataMethods.PRODUCE,
                          request,
                          Forwarder.Effect.WRITE,
                          part.call().deadline()),
                      this::forwarded));
    }

    private void forwarded(@Nullable ProduceResponse response, @Nullable Throwable thrown) {
      PartResult answer = response == null ? null : answer(response.getResultsList());
      if (answer != null) {
        done(answer);
        return;
      }
      BrokerError error = thrown == null ? null : Statuses.errorOf(thrown);
      if (error == null) {
        fail(outcomeUnknown("the leader's answer could not be understood", 0));
      } else if (Patience.mayPassThere(error)) {
        again(error);
      } else if (error.reason() == ErrorReason.ERROR_REASON_THROTTLED) {
        overloaded(error);
      } else {
        fail(named(error));
      }
    }

    /** What a leader elsewhere says; null if it makes no sense. */
    private @Nullable PartResult answer(List<PartitionResult> results) {
      if (part.terms().producer() == null && RecordOutcomes.areOf(results, part.batch().count())) {
        return new PartResult.ById(RecordOutcomes.of(results));
      }
      return results.isEmpty() || results.size() > 1 + batchesOf(part)
          ? null
          : PartResult.Applied.of(results);
    }

    private void done(PartResult result) {
      Originals known = originals;
      PartResult whole = result;
      if (known != null && result instanceof PartResult.Applied applied) {
        PartitionResult all = applied.appended();
        int count = part.batch().count();
        whole =
            new PartResult.ById(
                RecordOutcomes.of(List.of(all.toBuilder().setRecordCount(count).build()))
                    .in(known));
      } else if (known != null && result instanceof PartResult.ById some) {
        whole = new PartResult.ById(some.records().in(known));
      }
      part.done().accept(whole);
    }

    /**
     * Some records are in the log already, which is certain by now whatever becomes of the others.
     */
    private void found(Originals ofPart, PartitionResult like) {
      Originals known = originals == null ? ofPart : originals.with(ofPart);
      originals = known;
      if (known.newCount() == 0) {
        part.done().accept(new PartResult.ById(RecordOutcomes.none(like).in(known)));
      } else {
        remake(batch -> batch.only(ofPart.newRecords()));
      }
    }

    /** Goes on with another batch, which takes too long to make for a thread that others share. */
    private void remake(UnaryOperator<ProducedBatch> change) {
      try {
        broker
            .readPool()
            .execute(
                () -> {
                  try {
                    part = part.with(change.apply(part.batch()));
                  } catch (RuntimeException e) {
                    LOG.error("a batch for topic {} was not remade", part.topic().name(), e);
                    fail(Errors.internal(broker.brokerId()));
                    return;
                  }
                  run();
                });
      } catch (RejectedExecutionException e) {
        long pauseMs = patience.nextPauseMs();
        if (pauseMs < 0) {
          fail(Errors.throttled("read pool", 0));
        } else {
          Later.run(broker, () -> remake(change), pauseMs);
        }
      }
    }

    private void overloaded(BrokerError error) {
      if (part.waitsWhenOverloaded()) {
        again(error);
      } else {
        fail(error);
      }
    }

    private void again(BrokerError error) {
      GroupView before = broker.groups().view(groupId());
      boolean isForwarded = part.call().hop() == Hop.FORWARDED;
      if (isForwarded && before != null && isNewLeader(before) && !waitedForConfirmation) {
        // It is a moment from serving; sent back, the call would come again much later.
        waitedForConfirmation = true;
        goOnWith(before, CONFIRMATION_MS);
        return;
      }
      long pauseMs = isForwarded ? -1 : patience.nextPauseMs();
      if (pauseMs < 0 || part.call().context().isCancelled()) {
        fail(error);
      } else if (before == null) {
        Later.run(broker, this::run, pauseMs);
      } else {
        goOnWith(before, pauseMs);
      }
    }

    private long groupId() {
      return part.topic().partitions().get(part.partition()).groupId();
    }

    /** Goes on when somebody else leads than before, at the latest after the pause. */
    private void goOnWith(GroupView before, long pauseMs) {
      LongPoll.await(
          broker,
          before.groupId(),
          now -> isServed(now) && (now.term() > before.term() || !isServed(before)),
          broker.deadlineAfter(pauseMs),
          part.call().context(),
          // Not on the shard's thread, which tells of the change.
          () -> Later.run(broker, this::run, 0));
    }

    private void fail(BrokerError error) {
      part.done().accept(new PartResult.Failed(error));
    }

    private void refusedBy(ProposalFailure failure, long term) {
      switch (failure) {
        case NOT_LEADER, NOT_READY, NO_SUCH_GROUP ->
            again(Errors.noLeader(part.topic().name(), part.partition()));
        case OVERLOADED -> overloaded(Errors.throttled("queue of uncommitted entries", 0));
        case STOPPING -> fail(Errors.stopping(broker.brokerId()));
        case OUTCOME_UNKNOWN ->
            fail(outcomeUnknown("the leader lost its role before it was committed", term));
      }
    }

    private BrokerError outcomeUnknown(String why, long term) {
      return BrokerError.of(
          ErrorReason.ERROR_REASON_OUTCOME_UNKNOWN,
          "The batch may or may not be in partition "
              + part.partition()
              + " of topic '"
              + part.topic().name()
              + "': "
              + why,
          "topic",
          part.topic().name(),
          "partition",
          part.partition(),
          "term",
          term);
    }

    /** An error of another broker, with the partition that it is about. */
    private BrokerError named(BrokerError error) {
      Map<String, String> metadata = new HashMap<>(error.metadata());
      metadata.putIfAbsent("topic", part.topic().name());
      metadata.putIfAbsent("partition", String.valueOf(part.partition()));
      return new BrokerError(error.reason(), error.message(), metadata, error.retryAfterMs());
    }
  }

  private static OpaqueRecordBatch.Builder opaque(ProducedBatch batch) {
    OpaqueRecordBatch.Builder opaque =
        OpaqueRecordBatch.newBuilder().setCrc32C(batch.crc32c()).setRecordCount(batch.count());
    return batch.compressed()
        ? opaque.setCompressed(ByteSlices.share(batch.records()))
        : opaque.setRecords(ByteSlices.share(batch.records()));
  }

  private static OpaqueProduceRequest forwardedRequest(PartWrite part) {
    OpaqueProduceRequest.Builder request =
        OpaqueProduceRequest.newBuilder()
            .setTopic(part.topic().name())
            .setPartition(part.partition())
            .setBatch(opaque(part.batch()));
    ProducerWrite write = part.terms().producer();
    if (write != null) {
      request.setForwarded(SequencesForward.of(write));
    }
    long expected = part.terms().expectedNextOffset();
    if (expected != WriteTerms.ANY) {
      request.setExpectedNextOffset(expected);
    }
    return request.build();
  }

  /** Batches of a producer with a name. */
  private static int batchesOf(PartWrite part) {
    ProducerWrite write = part.terms().producer();
    return write == null ? 0 : write.parts().size();
  }

  private static boolean isNewLeader(GroupView view) {
    return view.role() == Role.LEADER && !view.confirmed();
  }

  private static boolean isServed(GroupView view) {
    return view.leaderId() != 0 && !isNewLeader(view);
  }

  /** A batch on its way into the log. Shard thread only. */
  private final class BatchProposal implements Proposal {
    private final Attempt attempt;
    private final long groupId;
    private final LeaderJudgement judgement;
    private long firstOffset;
    private long appendTimeMs;
    private long term;

    private BatchProposal(Attempt attempt, TopicImage topic, long groupId) {
      this.attempt = attempt;
      this.groupId = groupId;
      this.judgement =
          new LeaderJudgement(
              attempt.part,
              new LeaderJudgement.Limits(
                  broker.producersPerPartitionMax(),
                  broker.recordIdsPerPartitionMax(),
                  new DedupSetting(topic.revision(), topic.config().getDedupWindowMs())));
    }

    @Override
    public int costBytes() {
      ProducerWrite write = attempt.part.terms().producer();
      int producerBytes =
          write == null ? 0 : PRODUCER_BYTES_MAX + write.parts().size() * SEQUENCES_BYTES_MAX;
      return attempt.part.batch().records().length()
          + StoredBatches.OVERHEAD_BYTES_MAX
          + RecordIdStamp.BYTES_MAX
          + attempt.part.batch().ids().size() * RecordIdStamp.ID_BYTES_MAX
          + producerBytes;
    }

    @Override
    public @Nullable EntryDraft draft(Place place, StateMachine machine) {
      term = place.term();
      if (!judgement.mayAppend(place, machine)) {
        return null;
      }
      ProducedBatch batch = judgement.batch();
      firstOffset = place.nextOffset();
      appendTimeMs = place.nowMs();
      LeaderJudgement.Stamps stamps = judgement.append(place);
      byte[] payload =
          StoredBatches.write(
              new StoredBatches.Stored(
                  firstOffset,
                  appendTimeMs,
                  term,
                  batch.records(),
                  batch.crc32c(),
                  batch.count(),
                  batch.compressed(),
                  stamps.producer(),
                  stamps.recordIds()));
      return new EntryDraft(
          EntryKind.DATA,
          firstOffset + batch.count(),
          Math.max(place.lastMaxTimestampMs(), batch.highestTimestampMs(appendTimeMs)),
          payload);
    }

    @Override
    public void onCommitted(long index, long committedTerm) {
      applied(
          result(WriteOutcome.WRITE_OUTCOME_APPLIED)
              .setFirstOffset(firstOffset)
              .setAppendTimeMs(appendTimeMs));
    }

    /** What the judgement rests on is committed. */
    @Override
    public void onSettled() {
      BrokerError refusal = judgement.refusal();
      if (refusal != null) {
        broker.groups().read(groupId, new Confirmation(refusal));
        return;
      }
      Originals originals = judgement.originals();
      if (originals != null) {
        attempt.found(originals, result(WriteOutcome.WRITE_OUTCOME_DUPLICATE).build());
      } else if (judgement.needsIds()) {
        attempt.remake(ProducedBatch::withIds);
      } else {
        applied(result(WriteOutcome.WRITE_OUTCOME_DUPLICATE));
      }
    }

    private void applied(PartitionResult.Builder appended) {
      attempt.done(new PartResult.Applied(appended.build(), judgement.known()));
    }

    /**
     * A refusal is told only by who still leads. Another leader may have taken what is missing
     * here, and its log is the one that counts.
     */
    private final class Confirmation implements ReadCallback {
      private final BrokerError refusal;

      private Confirmation(BrokerError refusal) {
        this.refusal = refusal;
      }

      @Override
      public void onReady(GroupView view) {
        if (view.term() == term) {
          attempt.fail(attempt.named(refusal));
        } else {
          attempt.refusedBy(ProposalFailure.NOT_LEADER, term);
        }
      }

      @Override
      public void onFailed(ProposalFailure failure) {
        attempt.refusedBy(
            failure == ProposalFailure.STOPPING ? failure : ProposalFailure.NOT_LEADER, term);
      }
    }

    private PartitionResult.Builder result(WriteOutcome outcome) {
      PartWrite part = attempt.part;
      boolean synced = TopicConfigs.isSynced(part.topic().config());
      return PartitionResult.newBuilder()
          .setPartition(part.partition())
          .setOutcome(outcome)
          .setDurability(
              synced ? Durability.DURABILITY_QUORUM_SYNCED : Durability.DURABILITY_QUORUM_BUFFERED)
          .setHint(router.hint(groupId));
    }

    @Override
    public void onFailed(ProposalFailure failure) {
      judgement.failed(failure);
      attempt.refusedBy(failure, term);
    }
  }
}
