// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.OpenProducerRequest;
import dev.almadia.v1.OpenProducerResponse;
import dev.almadia.v1.PartitionResult;
import dev.almadia.v1.ProduceStreamAck;
import dev.almadia.v1.ProduceStreamBatch;
import dev.almadia.v1.ProduceStreamOpen;
import dev.almadia.v1.ProduceStreamOpened;
import dev.almadia.v1.ProduceStreamRequest;
import dev.almadia.v1.ProduceStreamResponse;
import dev.almadia.v1.ProduceWindow;
import dev.almadia.v1.ProducerPosition;
import dev.almadia.v1.ProducerServiceGrpc;
import dev.almadia.v1.Record;
import dev.almadia.v1.RoutingHint;
import dev.almadia.v1.WriteOutcome;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A topic that judges named producers as brokers do, and what a test wants to happen to their
 * batches. Each {@link Broker} is a service of it. All under one lock.
 */
final class NamedCluster {
  /** What becomes of a batch that may be appended. */
  enum Fate {
    /** Appended and acknowledged. */
    TAKE,
    /** Appended; the stream breaks before the acknowledgement. */
    TAKE_AND_BREAK,
    /** Not appended; the stream breaks. */
    LOSE,
    /** Appended; nobody ever hears of it. */
    TAKE_IN_SILENCE
  }

  /** What a test says about each batch; null for {@link Fate#TAKE}. */
  interface Script {
    @Nullable Object onBatch(ProduceStreamBatch batch);
  }

  /** What a partition knows of a producer. */
  private static final class Known {
    private long epoch;
    private long last;
    private final TreeMap<Long, Long> offsets = new TreeMap<>();
  }

  private final List<List<String>> logs = new ArrayList<>();
  private final List<Map<String, Known>> known = new ArrayList<>();

  /** Names under which openings came, also those that were refused, and those that were not. */
  final List<String> asked = new CopyOnWriteArrayList<>();

  final List<String> opened = new CopyOnWriteArrayList<>();
  final AtomicReference<Script> script = new AtomicReference<>(batch -> Fate.TAKE);

  /** Refusal of the next opening, once. */
  final AtomicReference<Throwable> nextOpening = new AtomicReference<>();

  final AtomicInteger duplicates = new AtomicInteger();
  long topicId = 7;

  /** Addresses that acknowledgements name, by partition. */
  final Map<Integer, String> leaders = new HashMap<>();

  NamedCluster(int partitions) {
    for (int i = 0; i < partitions; i++) {
      logs.add(new ArrayList<>());
      known.add(new HashMap<>());
    }
  }

  synchronized List<String> log(int partition) {
    return List.copyOf(logs.get(partition));
  }

  /** Another instance opens the producer. */
  synchronized void fence(String id) {
    for (Map<String, Known> each : known) {
      each.computeIfAbsent(id, k -> new Known()).epoch++;
    }
  }

  /** Everything that is known of producers is forgotten, and the topic perhaps made anew. */
  synchronized void forget(long nextTopicId) {
    known.forEach(Map::clear);
    topicId = nextTopicId;
  }

  Broker broker() {
    return new Broker();
  }

  private synchronized OpenProducerResponse open(OpenProducerRequest request) {
    String id = request.getProducerId();
    opened.add(id);
    long epoch = 0;
    for (Map<String, Known> each : known) {
      epoch = Math.max(epoch, each.computeIfAbsent(id, k -> new Known()).epoch);
    }
    OpenProducerResponse.Builder answer =
        OpenProducerResponse.newBuilder().setProducerEpoch(epoch + 1).setTopicId(topicId);
    for (int partition = 0; partition < known.size(); partition++) {
      Known state = known.get(partition).get(id);
      state.epoch = epoch + 1;
      answer.addPositions(
          ProducerPosition.newBuilder().setPartition(partition).setLastSequence(state.last));
    }
    return answer.build();
  }

  /** One of the brokers; each serves all partitions. */
  final class Broker extends ProducerServiceGrpc.ProducerServiceImplBase {
    final AtomicInteger streams = new AtomicInteger();
    final AtomicInteger batches = new AtomicInteger();

    @Override
    public void openProducer(
        OpenProducerRequest request, StreamObserver<OpenProducerResponse> reply) {
      asked.add(request.getProducerId());
      Throwable refusal = nextOpening.getAndSet(null);
      if (refusal != null) {
        reply.onError(refusal);
        return;
      }
      reply.onNext(open(request));
      reply.onCompleted();
    }

    @Override
    public StreamObserver<ProduceStreamRequest> produceStream(
        StreamObserver<ProduceStreamResponse> out) {
      streams.incrementAndGet();
      return new Stream(this, out);
    }
  }

  private final class Stream implements StreamObserver<ProduceStreamRequest> {
    private final Broker broker;
    private final StreamObserver<ProduceStreamResponse> out;
    private final Map<Integer, Long> sent = new HashMap<>();
    private ProduceStreamOpen open = ProduceStreamOpen.getDefaultInstance();
    private boolean ended;

    private Stream(Broker broker, StreamObserver<ProduceStreamResponse> out) {
      this.broker = broker;
      this.out = out;
    }

    @Override
    public void onNext(ProduceStreamRequest message) {
      synchronized (NamedCluster.this) {
        if (ended) {
          return;
        }
        if (message.hasOpen()) {
          open = message.getOpen();
          ProduceWindow window =
              ProduceWindow.newBuilder()
                  .setMaxUnackedBatches(8)
                  .setMaxUnackedBytes(1 << 20)
                  .build();
          out.onNext(
              ProduceStreamResponse.newBuilder()
                  .setOpened(
                      ProduceStreamOpened.newBuilder()
                          .setPartitions(logs.size())
                          .setTopicId(topicId)
                          .setWindow(window))
                  .build());
        } else {
          broker.batches.incrementAndGet();
          take(message.getBatch());
        }
      }
    }

    private void take(ProduceStreamBatch batch) {
      int partition = batch.getPartition();
      long first = batch.getFirstSequence();
      long last = first + batch.getBatch().getRecordCount() - 1;
      Known state = known.get(partition).getOrDefault(open.getProducerId(), new Known());
      Long before = sent.put(partition, last);
      if (open.getProducerEpoch() != state.epoch) {
        end(
            batch,
            open.getProducerEpoch() < state.epoch
                ? ErrorReason.ERROR_REASON_PRODUCER_FENCED
                : ErrorReason.ERROR_REASON_UNKNOWN_PRODUCER_EPOCH);
      } else if ((before != null && first > before + 1)
          || (last > state.last && first > state.last + 1)) {
        end(batch, ErrorReason.ERROR_REASON_SEQUENCE_GAP);
      } else if ((before != null && first <= before)
          || (first <= state.last && last > state.last)) {
        end(batch, ErrorReason.ERROR_REASON_SEQUENCE_REGRESSED);
      } else if (last <= state.last) {
        duplicates.incrementAndGet();
        Map.Entry<Long, Long> run = state.offsets.floorEntry(first);
        acknowledge(
            batch, WriteOutcome.WRITE_OUTCOME_DUPLICATE, run.getValue() + first - run.getKey());
      } else {
        meet(batch, state);
      }
    }

    private void meet(ProduceStreamBatch batch, Known state) {
      Object fate = script.get().onBatch(batch);
      if (fate instanceof Throwable refusal) {
        ended = true;
        out.onError(refusal);
        return;
      }
      if (fate == Fate.LOSE) {
        breakOff();
        return;
      }
      List<String> log = logs.get(batch.getPartition());
      long offset = log.size();
      for (Record record : batch.getBatch().getRecords().getRecordsList()) {
        log.add(record.getValue().toStringUtf8());
      }
      state.offsets.put(batch.getFirstSequence(), offset);
      state.last = batch.getFirstSequence() + log.size() - offset - 1;
      if (fate == Fate.TAKE_AND_BREAK) {
        breakOff();
      } else if (fate != Fate.TAKE_IN_SILENCE) {
        acknowledge(batch, WriteOutcome.WRITE_OUTCOME_APPLIED, offset);
      }
    }

    private void breakOff() {
      ended = true;
      out.onError(Status.UNAVAILABLE.withDescription("gone").asRuntimeException());
    }

    private void end(ProduceStreamBatch batch, ErrorReason reason) {
      ended = true;
      out.onError(
          ScriptedServer.error(
              reason,
              "batch " + batch.getFirstSequence(),
              Map.of("batch_id", String.valueOf(batch.getBatchId()))));
    }

    private void acknowledge(ProduceStreamBatch batch, WriteOutcome outcome, long offset) {
      PartitionResult.Builder result =
          PartitionResult.newBuilder()
              .setPartition(batch.getPartition())
              .setFirstOffset(offset)
              .setRecordCount(batch.getBatch().getRecordCount())
              .setOutcome(outcome)
              .setHint(
                  RoutingHint.newBuilder()
                      .setEndpoint(leaders.getOrDefault(batch.getPartition(), "")));
      out.onNext(
          ProduceStreamResponse.newBuilder()
              .setAck(
                  ProduceStreamAck.newBuilder().setBatchId(batch.getBatchId()).addResults(result))
              .build());
    }

    @Override
    public void onError(Throwable error) {
      synchronized (NamedCluster.this) {
        ended = true;
      }
    }

    @Override
    public void onCompleted() {
      out.onCompleted();
    }
  }
}
