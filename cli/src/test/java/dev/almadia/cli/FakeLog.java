// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import dev.almadia.client.Batches;
import dev.almadia.v1.ConsumerServiceGrpc;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.OpenProducerRequest;
import dev.almadia.v1.OpenProducerResponse;
import dev.almadia.v1.PartitionResult;
import dev.almadia.v1.Position;
import dev.almadia.v1.ProduceRequest;
import dev.almadia.v1.ProduceResponse;
import dev.almadia.v1.ProduceStreamAck;
import dev.almadia.v1.ProduceStreamOpened;
import dev.almadia.v1.ProduceStreamRequest;
import dev.almadia.v1.ProduceStreamResponse;
import dev.almadia.v1.ProduceWindow;
import dev.almadia.v1.ProducerPosition;
import dev.almadia.v1.ProducerServiceGrpc;
import dev.almadia.v1.Record;
import dev.almadia.v1.RecordBatch;
import dev.almadia.v1.ResolveOffsetsRequest;
import dev.almadia.v1.ResolveOffsetsResponse;
import dev.almadia.v1.ResolvedOffset;
import dev.almadia.v1.StoredBatch;
import dev.almadia.v1.SubscribeProgress;
import dev.almadia.v1.SubscribeRequest;
import dev.almadia.v1.SubscribeResponse;
import dev.almadia.v1.SubscribedRecords;
import dev.almadia.v1.Topic;
import dev.almadia.v1.WriteOutcome;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Records of the fake cluster: a list per partition. */
final class FakeLog {
  private static final long TOPIC_ID = 1;

  private final FakeCluster cluster;
  private final Map<String, List<Record>> partitions = new HashMap<>();
  volatile boolean breakStreams;

  FakeLog(FakeCluster cluster) {
    this.cluster = cluster;
  }

  synchronized List<Record> records(String topic, int partition) {
    return partitions.computeIfAbsent(topic + "/" + partition, name -> new ArrayList<>());
  }

  synchronized long end(String topic, int partition) {
    return records(topic, partition).size();
  }

  private synchronized List<PartitionResult> append(
      String topic, boolean hasPartition, int partition, RecordBatch batch) {
    int count = cluster.topics.get(topic).getPartitions();
    Map<Integer, PartitionResult.Builder> results = new TreeMap<>();
    List<Record> list = batch.getRecords().getRecordsList();
    for (int i = 0; i < list.size(); i++) {
      int to =
          hasPartition
              ? partition
              : Math.floorMod(list.get(i).getKey().toStringUtf8().hashCode(), count);
      List<Record> log = records(topic, to);
      PartitionResult.Builder result =
          results.computeIfAbsent(
              to,
              p ->
                  PartitionResult.newBuilder()
                      .setPartition(p)
                      .setFirstOffset(log.size())
                      .setOutcome(WriteOutcome.WRITE_OUTCOME_APPLIED));
      result.setRecordCount(result.getRecordCount() + 1);
      if (!hasPartition) {
        result.addRecordIndexes(i);
      }
      log.add(list.get(i));
    }
    return results.values().stream().map(PartitionResult.Builder::build).toList();
  }

  ProducerServiceGrpc.ProducerServiceImplBase producerService() {
    return new ProducerServiceGrpc.ProducerServiceImplBase() {
      @Override
      public void produce(ProduceRequest request, StreamObserver<ProduceResponse> out) {
        FakeCluster.answer(
            out,
            ProduceResponse.newBuilder()
                .addAllResults(
                    append(
                        request.getTopic(),
                        request.hasPartition(),
                        request.getPartition(),
                        request.getBatch()))
                .build());
      }

      @Override
      public void openProducer(
          OpenProducerRequest request, StreamObserver<OpenProducerResponse> out) {
        Topic topic = cluster.topics.get(request.getTopic());
        if (topic == null) {
          out.onError(cluster.noTopic(request.getTopic()));
          return;
        }
        OpenProducerResponse.Builder answer =
            OpenProducerResponse.newBuilder().setProducerEpoch(1).setTopicId(TOPIC_ID);
        for (int p = 0; p < topic.getPartitions(); p++) {
          answer.addPositions(ProducerPosition.newBuilder().setPartition(p));
        }
        FakeCluster.answer(out, answer.build());
      }

      @Override
      public StreamObserver<ProduceStreamRequest> produceStream(
          StreamObserver<ProduceStreamResponse> out) {
        return stream(out);
      }
    };
  }

  private StreamObserver<ProduceStreamRequest> stream(StreamObserver<ProduceStreamResponse> out) {
    return new StreamObserver<>() {
      private String topic = "";
      private boolean ended;

      @Override
      public void onNext(ProduceStreamRequest message) {
        if (ended) {
          return;
        }
        if (message.hasOpen()) {
          topic = message.getOpen().getTopic();
          out.onNext(
              ProduceStreamResponse.newBuilder()
                  .setOpened(
                      ProduceStreamOpened.newBuilder()
                          .setTopicId(TOPIC_ID)
                          .setPartitions(
                              cluster
                                  .topics
                                  .getOrDefault(topic, Topic.getDefaultInstance())
                                  .getPartitions())
                          .setWindow(
                              ProduceWindow.newBuilder()
                                  .setMaxUnackedBatches(10)
                                  .setMaxUnackedBytes(1 << 20)))
                  .build());
          return;
        }
        if (breakStreams) {
          ended = true;
          out.onError(Status.UNAVAILABLE.asRuntimeException());
          return;
        }
        var batch = message.getBatch();
        out.onNext(
            ProduceStreamResponse.newBuilder()
                .setAck(
                    ProduceStreamAck.newBuilder()
                        .setBatchId(batch.getBatchId())
                        .addAllResults(
                            append(
                                topic,
                                batch.hasPartition(),
                                batch.getPartition(),
                                batch.getBatch())))
                .build());
      }

      @Override
      public void onError(Throwable error) {
        ended = true;
      }

      @Override
      public void onCompleted() {
        if (!ended) {
          out.onCompleted();
        }
      }
    };
  }

  ConsumerServiceGrpc.ConsumerServiceImplBase consumerService() {
    return new ConsumerServiceGrpc.ConsumerServiceImplBase() {
      @Override
      public void resolveOffsets(
          ResolveOffsetsRequest request, StreamObserver<ResolveOffsetsResponse> out) {
        if (!cluster.topics.containsKey(request.getTopic())) {
          out.onError(cluster.noTopic(request.getTopic()));
          return;
        }
        ResolveOffsetsResponse.Builder answer = ResolveOffsetsResponse.newBuilder();
        int count = cluster.topics.get(request.getTopic()).getPartitions();
        for (int p = 0; p < count; p++) {
          if (request.getPartitionsCount() == 0 || request.getPartitionsList().contains(p)) {
            long end = end(request.getTopic(), p);
            answer.addOffsets(
                ResolvedOffset.newBuilder()
                    .setPartition(p)
                    .setOffset(resolve(request.getPosition(), end))
                    .setHighWatermark(end));
          }
        }
        FakeCluster.answer(out, answer.build());
      }

      @Override
      public void subscribe(SubscribeRequest request, StreamObserver<SubscribeResponse> out) {
        follow(request, out);
      }
    };
  }

  private static long resolve(Position position, long end) {
    return switch (position.getAtCase()) {
      case LATEST, TIMESTAMP_MS -> end;
      case TAIL_RECORDS -> Math.max(0, end - position.getTailRecords());
      case OFFSET -> position.getOffset();
      case EARLIEST, AT_NOT_SET -> 0;
    };
  }

  private synchronized void follow(
      SubscribeRequest request, StreamObserver<SubscribeResponse> out) {
    int partition = request.getPartitions(0);
    List<Record> log = records(request.getTopic(), partition);
    long start = request.getStart().getOffset();
    if (start > log.size()) {
      out.onError(
          FakeCluster.error(
              ErrorReason.ERROR_REASON_OFFSET_OUT_OF_RANGE,
              "offset " + start + " is above the end " + log.size(),
              Map.of("requested", String.valueOf(start))));
      return;
    }
    long stop = request.hasStop() ? request.getStop().getOffset() : log.size();
    if (start < stop) {
      RecordBatch batch = Batches.of(log.subList((int) start, (int) stop));
      out.onNext(
          SubscribeResponse.newBuilder()
              .setRecords(
                  SubscribedRecords.newBuilder()
                      .setPartition(partition)
                      .setNextOffset(stop)
                      .setHighWatermark(log.size())
                      .addBatches(
                          StoredBatch.newBuilder()
                              .setFirstOffset(start)
                              .setAppendTimeMs(1_700_000_000_000L)
                              .setRecords(batch.getRecords())
                              .setCrc32C(batch.getCrc32C())
                              .setRecordCount(batch.getRecordCount())))
              .build());
    }
    if (request.hasStop()) {
      out.onNext(
          SubscribeResponse.newBuilder()
              .setProgress(SubscribeProgress.newBuilder().setNextOffset(stop).setDone(true))
              .build());
      out.onCompleted();
    }
  }
}
