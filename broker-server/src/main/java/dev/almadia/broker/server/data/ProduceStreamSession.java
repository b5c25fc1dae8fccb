// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.metadata.TopicImage;
import dev.almadia.broker.core.producer.ProducerClaim;
import dev.almadia.broker.core.producer.ProducerWrite;
import dev.almadia.broker.core.producer.StreamNumbering;
import dev.almadia.broker.core.topics.Decision;
import dev.almadia.broker.server.BrokerContext;
import dev.almadia.broker.server.grpc.Statuses;
import dev.almadia.internal.v1.OpaqueProduceStreamBatch;
import dev.almadia.internal.v1.OpaqueProduceStreamOpen;
import dev.almadia.internal.v1.OpaqueProduceStreamRequest;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.GoingAway;
import dev.almadia.v1.PartitionResult;
import dev.almadia.v1.ProduceStreamAck;
import dev.almadia.v1.ProduceStreamResponse;
import dev.almadia.v1.ProduceWindow;
import dev.almadia.v1.WriteOutcome;
import io.grpc.SynchronizationContext;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One ProduceStream. Batches are checked on the event loop, or on the read pool if that takes long;
 * everything else happens in the stream's synchronization context, one step at a time, on whichever
 * thread brought the step.
 *
 * <p>Flow control: a message is asked for only while the window is open, so a client that sends
 * more is held by gRPC. Acks go out in the order of the batches. The first batch that fails ends
 * the stream, after the acks of all before it; parts of later batches that were not sent yet are
 * given up, so that as little as possible stands behind a gap.
 */
final class ProduceStreamSession implements StreamObserver<OpaqueProduceStreamRequest> {
  private static final Logger LOG = LoggerFactory.getLogger(ProduceStreamSession.class);

  /** Pause before the next look at a full budget, in milliseconds. */
  private static final long BUDGET_PAUSE_MS = 10;

  /** A batch that is not acknowledged. */
  static final class Batch {
    private final long order;
    private final long batchId;
    private final long bytes;

    /** Of each part; empty where it has no results yet. */
    private final List<List<PartitionResult>> results;

    private int missing;
    private @Nullable BrokerError error;
    private boolean counted = true;

    private Batch(long order, long batchId, long bytes, int parts) {
      this.order = order;
      this.batchId = batchId;
      this.bytes = bytes;
      this.results = new ArrayList<>(Collections.nCopies(parts, List.of()));
      this.missing = parts;
    }

    /** Number of the batch on the stream. */
    long order() {
      return order;
    }
  }

  private final BrokerContext broker;
  private final PartWriter writer;
  private final StreamOpening opening;
  private final ByteBudget budget;
  private final DataLimits limits;
  private final CallInfo call;
  private final ServerCallStreamObserver<ProduceStreamResponse> out;
  private final SynchronizationContext sync =
      new SynchronizationContext((thread, thrown) -> broke(thrown));

  // Set before the first batch is asked for, read by the event loop that brings it.
  private volatile StreamOpening.@Nullable Opened opened;
  private boolean opensOnce;
  private final Map<Integer, ProduceLane> lanes = new TreeMap<>();
  private final Deque<Batch> pending = new ArrayDeque<>();
  private long nextOrder;
  private long failedFrom = Long.MAX_VALUE;
  private long lastBatchId = Long.MIN_VALUE;
  private long unackedBytes;
  private boolean owesRequest;
  private boolean taking;
  private boolean halfClosed;
  private final Farewell farewell;
  // Written in the synchronization context; the ticker reads it to forget the session.
  private volatile boolean ended;

  ProduceStreamSession(
      BrokerContext broker,
      Streaming streaming,
      DataLimits limits,
      CallInfo call,
      ServerCallStreamObserver<ProduceStreamResponse> out) {
    this.broker = broker;
    this.writer = streaming.writer();
    this.opening = streaming.opening();
    this.budget = streaming.budget();
    this.limits = limits;
    this.call = call;
    this.out = out;
    this.farewell = new Farewell(broker);
  }

  boolean ended() {
    return ended;
  }

  /** Called a few times a second: farewell of a broker that is drained or stops. */
  void tick() {
    sync.execute(
        () -> {
          GoingAway message = opened == null || ended ? null : farewell.turn();
          if (message != null) {
            send(ProduceStreamResponse.newBuilder().setGoingAway(message).build());
          }
          settle();
        });
  }

  /** Asks for the first message; in the method's handler. */
  void begin() {
    out.disableAutoRequest();
    out.setOnCancelHandler(() -> sync.execute(() -> end(null)));
    out.request(1);
  }

  @Override
  public void onNext(OpaqueProduceStreamRequest request) {
    StreamOpening.Opened known = opened;
    switch (request.getMessageCase()) {
      case OPEN -> sync.execute(() -> open(request.getOpen()));
      case BATCH -> {
        if (known == null) {
          sync.execute(() -> end(Errors.invalid("message", "batch", "the first must be open")));
        } else {
          check(known, request.getBatch());
        }
      }
      case MESSAGE_NOT_SET ->
          sync.execute(() -> end(Errors.invalid("message", "", "must be open or batch")));
    }
  }

  @Override
  public void onError(Throwable thrown) {
    sync.execute(() -> end(null));
  }

  @Override
  public void onCompleted() {
    sync.execute(
        () -> {
          halfClosed = true;
          settle();
        });
  }

  private void open(OpaqueProduceStreamOpen request) {
    if (opensOnce) {
      end(Errors.invalid("message", "open", "must be the first message, and only that"));
      return;
    }
    opensOnce = true;
    taking = true;
    opening.open(
        request,
        call,
        new Reply<>() {
          @Override
          public void done(StreamOpening.Opened found) {
            sync.execute(() -> opened(found));
          }

          @Override
          public void failed(BrokerError error) {
            sync.execute(() -> end(error));
          }
        });
  }

  private void opened(StreamOpening.Opened found) {
    if (ended) {
      return;
    }
    opened = found;
    taking = false;
    send(
        ProduceStreamResponse.newBuilder()
            .setOpened(
                found.answer().toBuilder()
                    .setWindow(
                        ProduceWindow.newBuilder()
                            .setMaxUnackedBytes(limits.streamBytesMax())
                            .setMaxUnackedBatches(limits.streamBatchesMax())))
            .build());
    out.request(1);
    settle();
  }

  /** Checks a batch, with the topic's present limits. */
  private void check(StreamOpening.Opened known, OpaqueProduceStreamBatch batch) {
    TopicImage openedTopic = known.topic();
    TopicImage now = broker.image().topic(openedTopic.name());
    TopicImage present = now != null && now.topicId() == openedTopic.topicId() ? now : openedTopic;
    StreamNumbering numbering = known.numbering();
    int partitions = present.partitions().size();
    // No other is asked for before this one is taken; a half-close that comes first waits for it.
    sync.execute(() -> taking = true);
    new BatchChecking(
            broker,
            present,
            batch.hasPartition() ? batch.getPartition() : null,
            numbering == null
                ? broker.random(partitions)
                : Producing.keyless(numbering.producerId(), partitions),
            batch.getBatch())
        .run(
            Patience.of(broker, call.deadline(), limits.retryMs()),
            decision -> sync.execute(() -> take(known, present, batch, decision)));
  }

  private void take(
      StreamOpening.Opened known,
      TopicImage present,
      OpaqueProduceStreamBatch sent,
      Decision<List<BatchParts.Part>> decision) {
    taking = false;
    if (isOver()) {
      return;
    }
    long batchId = sent.getBatchId();
    if (batchId <= lastBatchId) {
      refuse(
          batchId,
          Errors.invalid(
              "batch.batch_id", String.valueOf(batchId), "must be above " + lastBatchId));
      return;
    }
    lastBatchId = batchId;
    if (decision instanceof Decision.Refused<List<BatchParts.Part>> refused) {
      refuse(batchId, refused.error());
      return;
    }
    List<BatchParts.Part> parts = ((Decision.Accepted<List<BatchParts.Part>>) decision).value();
    StreamNumbering numbering = known.numbering();
    BrokerError refusal = refusalOf(numbering, sent, parts);
    if (refusal != null) {
      refuse(batchId, refusal);
      return;
    }
    Batch batch =
        new Batch(nextOrder++, batchId, BatchParts.bytesOf(sent.getBatch()), parts.size());
    long expected = sent.hasExpectedNextOffset() ? sent.getExpectedNextOffset() : WriteTerms.ANY;
    List<ProduceLane.Waiting> waiting = new ArrayList<>(parts.size());
    for (BatchParts.Part part : parts) {
      int count = part.batch().count();
      ProducerWrite.Part sequences =
          numbering == null ? null : numbering.part(part.partition(), part.recordIndexes(), count);
      waiting.add(new ProduceLane.Waiting(batch, waiting.size(), part, sequences, expected));
    }
    taking = true;
    takeWithinBudget(
        present, batch, waiting, Patience.of(broker, call.deadline(), limits.retryMs()));
  }

  private static @Nullable BrokerError refusalOf(
      @Nullable StreamNumbering numbering,
      OpaqueProduceStreamBatch sent,
      List<BatchParts.Part> parts) {
    BrokerError badOffset =
        WriteTerms.refusalOf(
            sent.hasExpectedNextOffset(), sent.getExpectedNextOffset(), sent.hasPartition());
    if (badOffset != null) {
      return badOffset;
    }
    int count = parts.stream().mapToInt(part -> part.batch().count()).sum();
    long first = sent.getFirstSequence();
    return numbering == null
        ? new ProducerClaim("", 0, first).refusal(count)
        : numbering.take(first, count, sent.hasPartition() ? sent.getPartition() : null);
  }

  /** The batch is here already, so a full budget is waited for; nothing more is asked for. */
  private void takeWithinBudget(
      TopicImage present, Batch batch, List<ProduceLane.Waiting> parts, Patience patience) {
    if (isOver()) {
      return;
    }
    if (!budget.tryTake(batch.bytes)) {
      if (patience.nextPauseMs() < 0) {
        taking = false;
        refuse(batch.batchId, Errors.throttled("produce buffer", budget.bytesMax()));
        return;
      }
      Later.run(
          broker,
          () -> sync.execute(() -> takeWithinBudget(present, batch, parts, patience)),
          BUDGET_PAUSE_MS);
      return;
    }
    taking = false;
    pending.add(batch);
    unackedBytes += batch.bytes;
    for (ProduceLane.Waiting part : parts) {
      int partition = part.part().partition();
      ProduceLane lane = lanes.computeIfAbsent(partition, p -> new ProduceLane());
      lane.add(part);
      pump(present, partition, lane);
    }
    owesRequest = true;
    requestWithinWindow();
    settle();
  }

  /**
   * Whether no batch is taken any more. One that was asked for before another failed may still
   * arrive: written, it could come into the log before the failed one, whose fate may be open.
   */
  private boolean isOver() {
    return ended || failedFrom != Long.MAX_VALUE;
  }

  /** Ends the stream behind the batches that came before this one. */
  private void refuse(long batchId, BrokerError error) {
    Batch refused = new Batch(nextOrder++, batchId, 0, 0);
    refused.counted = false;
    refused.error = error;
    pending.add(refused);
    failFrom(refused.order);
    settle();
  }

  private void requestWithinWindow() {
    if (owesRequest
        && !ended
        && failedFrom == Long.MAX_VALUE
        && !farewell.isOver()
        && unackedBytes < limits.streamBytesMax()
        && pending.size() < limits.streamBatchesMax()) {
      owesRequest = false;
      out.request(1);
    }
  }

  private void pump(TopicImage present, int partition, ProduceLane lane) {
    if (ended || !lane.mayStart()) {
      return;
    }
    ProduceLane.Write write = lane.start(present.config().getMaxBatchBytes());
    writer.write(
        new PartWrite(
            present,
            partition,
            write.batch(),
            write.terms(numbering()),
            call,
            true,
            result -> sync.execute(() -> written(present, partition, write, result))));
  }

  private void written(
      TopicImage present, int partition, ProduceLane.Write write, PartResult result) {
    ProduceLane lane = lanes.get(partition);
    if (lane == null) {
      throw new IllegalStateException("no lane for partition " + partition);
    }
    lane.ended();
    if (write.parts().size() > 1 && isOfOne(result)) {
      lane.putBack(write.parts());
      dropFrom(ended ? Long.MIN_VALUE : failedFrom);
    } else {
      written(write, result);
    }
    settle();
    pump(present, partition, lane);
  }

  /** Whether a write was refused for what may be wrong with one of its batches only. */
  private static boolean isOfOne(PartResult result) {
    if (!(result instanceof PartResult.Failed failed)) {
      return false;
    }
    ErrorReason reason = failed.error().reason();
    return reason == ErrorReason.ERROR_REASON_SEQUENCE_GAP
        || reason == ErrorReason.ERROR_REASON_SEQUENCE_REGRESSED
        || reason == ErrorReason.ERROR_REASON_RECORD_ID_LIMIT;
  }

  private void written(ProduceLane.Write write, PartResult result) {
    List<List<PartitionResult>> results = AppliedParts.of(result, write.batches());
    int place = 0;
    for (ProduceLane.Waiting waiting : write.parts()) {
      Batch batch = waiting.of();
      if (result instanceof PartResult.Failed failed) {
        batch.error = worse(batch.error, failed.error());
        failFrom(batch.order);
      } else {
        batch.results.set(
            waiting.place(), results.get(place++).stream().map(waiting.part()::inRequest).toList());
      }
      partEnded(batch);
    }
  }

  private @Nullable StreamNumbering numbering() {
    StreamOpening.Opened known = opened;
    return known == null ? null : known.numbering();
  }

  private static BrokerError worse(@Nullable BrokerError known, BrokerError more) {
    if (known != null && PartResult.outcomeOf(more) != WriteOutcome.WRITE_OUTCOME_UNKNOWN) {
      return known;
    }
    return more;
  }

  private void failFrom(long order) {
    if (order >= failedFrom) {
      return;
    }
    failedFrom = order;
    dropFrom(order);
  }

  private void dropFrom(long order) {
    for (ProduceLane lane : lanes.values()) {
      for (ProduceLane.Waiting dropped : lane.dropFrom(order)) {
        partEnded(dropped.of());
      }
    }
  }

  private void partEnded(Batch batch) {
    batch.missing--;
    if (ended && batch.missing == 0) {
      release(batch);
    }
  }

  private void release(Batch batch) {
    if (batch.counted) {
      batch.counted = false;
      budget.giveBack(batch.bytes);
    }
  }

  /** Sends what can be sent in order: acks, then the failure or the end. */
  private void settle() {
    while (!ended && !pending.isEmpty() && pending.element().missing == 0) {
      Batch first = pending.remove();
      unackedBytes -= first.counted ? first.bytes : 0;
      release(first);
      BrokerError error = first.error;
      if (error != null) {
        end(ofBatch(first, error));
        return;
      }
      ProduceStreamAck.Builder ack = ProduceStreamAck.newBuilder().setBatchId(first.batchId);
      for (List<PartitionResult> ofPart : first.results) {
        if (ofPart.isEmpty()) {
          throw new IllegalStateException("a part of an applied batch has no result");
        }
        ack.addAllResults(ofPart);
      }
      send(ProduceStreamResponse.newBuilder().setAck(ack).build());
    }
    requestWithinWindow();
    if (!ended && halfClosed && !taking && pending.isEmpty()) {
      ended = true;
      ObserverReply.quietly(out::onCompleted);
    }
    // Not before the last answer, unless the broker is gone first.
    if (farewell.isOver() && !taking && pending.isEmpty()) {
      end(Errors.stopping(broker.brokerId()));
    }
  }

  /**
   * Names the batch, because only of that one the client learns what became of it: those behind it
   * may have been written. A batch of which some parts are in the log must not be said to be not
   * applied. A producer with a name has to hear the reason itself, because it may have to end; so
   * no batch is named then, and nothing said of any: it learns what became of them when it resends.
   */
  private BrokerError ofBatch(Batch batch, BrokerError error) {
    boolean someApplied = false;
    for (List<PartitionResult> ofPart : batch.results) {
      someApplied |= !ofPart.isEmpty();
    }
    if (someApplied && PartResult.outcomeOf(error) == WriteOutcome.WRITE_OUTCOME_NOT_APPLIED) {
      if (numbering() != null) {
        return error.with("applied_in_part", batch.batchId);
      }
      return BrokerError.of(
          ErrorReason.ERROR_REASON_OUTCOME_UNKNOWN,
          "Batch " + batch.batchId + " was applied in part; the rest failed: " + error.message(),
          "batch_id",
          batch.batchId);
    }
    return error.with("batch_id", batch.batchId);
  }

  private void send(ProduceStreamResponse response) {
    ObserverReply.quietly(() -> out.onNext(response));
  }

  /** Ends the stream, with a status unless the client is gone. */
  private void end(@Nullable BrokerError error) {
    if (ended) {
      return;
    }
    ended = true;
    dropFrom(Long.MIN_VALUE);
    for (Batch batch : pending) {
      if (batch.missing == 0) {
        release(batch);
      }
    }
    pending.clear();
    if (error != null) {
      ObserverReply.quietly(() -> out.onError(Statuses.toException(error)));
    }
  }

  private void broke(Throwable thrown) {
    LOG.error("a produce stream broke", thrown);
    sync.execute(
        () ->
            end(
                BrokerError.of(
                    ErrorReason.ERROR_REASON_INTERNAL,
                    "Internal error; the broker's log says more",
                    "broker_id",
                    broker.brokerId())));
  }
}
