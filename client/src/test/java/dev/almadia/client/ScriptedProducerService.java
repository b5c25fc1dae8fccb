// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.almadia.codec.CodecException;
import dev.almadia.codec.Codecs;
import dev.almadia.v1.CompressedRecords;
import dev.almadia.v1.GoingAway;
import dev.almadia.v1.PartitionResult;
import dev.almadia.v1.ProduceRequest;
import dev.almadia.v1.ProduceResponse;
import dev.almadia.v1.ProduceStreamAck;
import dev.almadia.v1.ProduceStreamBatch;
import dev.almadia.v1.ProduceStreamOpened;
import dev.almadia.v1.ProduceStreamRequest;
import dev.almadia.v1.ProduceStreamResponse;
import dev.almadia.v1.ProduceWindow;
import dev.almadia.v1.ProducerServiceGrpc;
import dev.almadia.v1.RecordBatch;
import dev.almadia.v1.RecordSet;
import dev.almadia.v1.RoutingHint;
import dev.almadia.v1.WriteOutcome;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Keeps an append-only list as the only partition and does to each batch what the test says. */
final class ScriptedProducerService extends ProducerServiceGrpc.ProducerServiceImplBase {
  /** What to do with a batch. */
  interface Script {
    /** Returns an error to end the stream with; null acknowledges. */
    @Nullable Throwable onBatch(int stream, ProduceStreamBatch batch);
  }

  final AtomicInteger streams = new AtomicInteger();
  final List<String> log = new ArrayList<>();
  final List<Integer> unackedAtReceipt = new ArrayList<>();
  volatile boolean holdAcks;

  /** Number of partitions that an opened stream is told. */
  volatile int partitions = 1;

  /** Address that acknowledgements name as the leader's; empty for none. */
  volatile String leader = "";

  /** Partitions of the batches that came, -1 where the producer left it to the server. */
  final List<Integer> named = new CopyOnWriteArrayList<>();

  private final int windowBatches;
  private final long windowBytes;
  private final Script script;
  private final List<Runnable> held = new ArrayList<>();
  private final List<StreamObserver<ProduceStreamResponse>> open = new ArrayList<>();

  ScriptedProducerService(int windowBatches, long windowBytes, Script script) {
    this.windowBatches = windowBatches;
    this.windowBytes = windowBytes;
    this.script = script;
  }

  synchronized List<String> logCopy() {
    return List.copyOf(log);
  }

  synchronized int heldCount() {
    return held.size();
  }

  synchronized void release() {
    holdAcks = false;
    held.forEach(Runnable::run);
    held.clear();
  }

  /** Number of streams that neither side has ended. */
  synchronized int openCount() {
    return open.size();
  }

  /** Asks all clients to go. */
  synchronized void goAway(String... endpoints) {
    GoingAway asked = GoingAway.newBuilder().addAllEndpoints(List.of(endpoints)).build();
    open.forEach(out -> out.onNext(ProduceStreamResponse.newBuilder().setGoingAway(asked).build()));
  }

  @Override
  public void produce(ProduceRequest request, StreamObserver<ProduceResponse> observer) {
    observer.onNext(
        ProduceResponse.newBuilder()
            .addResults(
                PartitionResult.newBuilder()
                    .setOutcome(WriteOutcome.WRITE_OUTCOME_APPLIED)
                    .setRecordCount(request.getBatch().getRecords().getRecordsCount()))
            .build());
    observer.onCompleted();
  }

  @Override
  public StreamObserver<ProduceStreamRequest> produceStream(
      StreamObserver<ProduceStreamResponse> out) {
    int stream = streams.incrementAndGet();
    return new StreamObserver<>() {
      private boolean ended;

      @Override
      public void onNext(ProduceStreamRequest message) {
        synchronized (ScriptedProducerService.this) {
          if (ended) {
            return;
          }
          if (message.hasOpen()) {
            open();
            return;
          }
          Throwable error = script.onBatch(stream, message.getBatch());
          if (error != null) {
            ended = true;
            out.onError(error);
            return;
          }
          append(message.getBatch());
        }
      }

      private void open() {
        Throwable refusal = script.onBatch(stream, ProduceStreamBatch.getDefaultInstance());
        if (refusal != null) {
          ended = true;
          out.onError(refusal);
          return;
        }
        open.add(out);
        out.onNext(
            ProduceStreamResponse.newBuilder()
                .setOpened(
                    ProduceStreamOpened.newBuilder()
                        .setPartitions(partitions)
                        .setWindow(
                            ProduceWindow.newBuilder()
                                .setMaxUnackedBatches(windowBatches)
                                .setMaxUnackedBytes(windowBytes)))
                .build());
      }

      private void append(ProduceStreamBatch batch) {
        long firstOffset = log.size();
        named.add(batch.hasPartition() ? batch.getPartition() : -1);
        recordsOf(batch.getBatch())
            .getRecordsList()
            .forEach(record -> log.add(record.getValue().toStringUtf8()));
        Runnable ack = () -> acknowledge(batch, firstOffset);
        if (holdAcks) {
          held.add(ack);
        } else {
          ack.run();
        }
      }

      private void acknowledge(ProduceStreamBatch batch, long firstOffset) {
        if (ended) {
          return;
        }
        out.onNext(
            ProduceStreamResponse.newBuilder()
                .setAck(
                    ProduceStreamAck.newBuilder()
                        .setBatchId(batch.getBatchId())
                        .addResults(
                            PartitionResult.newBuilder()
                                .setPartition(batch.getPartition())
                                .setHint(RoutingHint.newBuilder().setEndpoint(leader))
                                .setFirstOffset(firstOffset)
                                .setRecordCount(batch.getBatch().getRecordCount())
                                .setOutcome(WriteOutcome.WRITE_OUTCOME_APPLIED)))
                .build());
      }

      @Override
      public void onError(Throwable error) {
        ended = true;
      }

      @Override
      public void onCompleted() {
        synchronized (ScriptedProducerService.this) {
          open.remove(out);
        }
        out.onCompleted();
      }
    };
  }

  private static RecordSet recordsOf(RecordBatch batch) {
    CompressedRecords compressed = batch.getCompressed();
    byte[] data = compressed.getData().toByteArray();
    try {
      return batch.hasCompressed()
          ? RecordSet.parseFrom(
              Codecs.inflate(
                  compressed.getCodec(),
                  data,
                  0,
                  data.length,
                  (int) compressed.getUncompressedBytes()))
          : batch.getRecords();
    } catch (CodecException | InvalidProtocolBufferException e) {
      throw new IllegalStateException("a producer sent garbage", e);
    }
  }
}
