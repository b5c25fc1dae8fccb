// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.almadia.broker.server.grpc.Statuses;
import dev.almadia.v1.ConsumerServiceGrpc;
import dev.almadia.v1.Earliest;
import dev.almadia.v1.Latest;
import dev.almadia.v1.PartitionResult;
import dev.almadia.v1.Position;
import dev.almadia.v1.ProduceStreamBatch;
import dev.almadia.v1.ProduceStreamOpen;
import dev.almadia.v1.ProduceStreamRequest;
import dev.almadia.v1.ProduceStreamResponse;
import dev.almadia.v1.ProducerServiceGrpc;
import dev.almadia.v1.Record;
import dev.almadia.v1.RecordBatch;
import dev.almadia.v1.RecordSet;
import dev.almadia.v1.StoredBatch;
import dev.almadia.v1.SubscribeRequest;
import dev.almadia.v1.SubscribeResponse;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** ProduceStream against three brokers with real Raft, RocksDB and gRPC. */
class ProduceStreamTest {
  private static LiveCluster cluster;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    cluster = new LiveCluster(directory, 3, new DataLimits(256L << 20, 64 << 10, 32, 5_000));
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @Test
  void acksComeInOrderAndTheLogHasTheOrderOfTheStream() {
    cluster.createTopic("stream", 3);
    for (int broker = 1; broker <= 3; broker++) {
      Stream stream = new Stream(broker, "stream");
      for (int i = 0; i < 600; i++) {
        stream.send(i, i % 3, broker + "-" + i);
      }
      stream.out.onCompleted();
      stream.awaitEnd();

      assertThat(stream.failure).isNull();
      assertThat(stream.acked())
          .containsExactlyElementsOf(LongStream.range(0, 600).boxed().toList());
    }

    Map<Integer, List<String>> logs = readAll("stream");
    for (int partition = 0; partition < 3; partition++) {
      int first = partition;
      assertThat(logs.get(partition))
          .containsExactlyElementsOf(
              IntStream.rangeClosed(1, 3)
                  .boxed()
                  .flatMap(
                      broker ->
                          IntStream.range(0, 600)
                              .filter(i -> i % 3 == first)
                              .mapToObj(i -> broker + "-" + i))
                  .toList());
    }
  }

  @Test
  void everyAckNamesTheOffsetsOfItsOwnRecords() {
    cluster.createTopic("offsets", 2);
    Stream stream = new Stream(cluster.otherThanLeader("offsets", 0), "offsets");
    for (int i = 0; i < 200; i++) {
      RecordSet.Builder set = RecordSet.newBuilder();
      for (int r = 0; r <= i % 4; r++) {
        set.addRecords(
            Record.newBuilder()
                .setKey(DataServicesTest.utf8("k" + (i + r)))
                .setValue(DataServicesTest.utf8(i + "." + r)));
      }
      stream.send(
          ProduceStreamBatch.newBuilder()
              .setBatchId(i)
              .setBatch(RecordBatch.newBuilder().setRecords(set))
              .build());
    }
    stream.out.onCompleted();
    stream.awaitEnd();

    Map<Integer, List<String>> logs = readAll("offsets");
    assertThat(stream.acked()).hasSize(200);
    int records = 0;
    for (ProduceStreamResponse response : stream.received) {
      for (PartitionResult result : response.getAck().getResultsList()) {
        for (int r = 0; r < result.getRecordIndexesCount(); r++) {
          assertThat(logs.get(result.getPartition()).get((int) result.getFirstOffset() + r))
              .isEqualTo(response.getAck().getBatchId() + "." + result.getRecordIndexes(r));
          records++;
        }
      }
    }
    assertThat(records).isEqualTo(logs.values().stream().mapToInt(List::size).sum());
  }

  @Test
  void theFirstBadBatchEndsTheStreamAfterTheAcksOfThoseBefore() {
    cluster.createTopic("fails", 1);
    Stream stream = new Stream(1, "fails");
    for (int i = 1; i <= 5; i++) {
      stream.send(i, 0, "good" + i);
    }
    stream.send(6, 4, "no such partition");
    stream.send(7, 0, "behind");
    stream.awaitEnd();

    assertThat(Statuses.nameOf(Statuses.errorOf(stream.failure).reason()))
        .isEqualTo("PARTITION_NOT_FOUND");
    assertThat(Statuses.errorOf(stream.failure).metadata()).containsEntry("batch_id", "6");
    assertThat(stream.acked()).containsExactly(1L, 2L, 3L, 4L, 5L);
    assertThat(readAll("fails").get(0))
        .containsExactly("good1", "good2", "good3", "good4", "good5");
  }

  @Test
  void streamsThatDoNotFollowTheRulesAreEnded() {
    cluster.createTopic("rules", 1);

    Stream twice = new Stream(1, "rules");
    twice.send(5, 0, "a");
    twice.send(5, 0, "b");
    Stream reopened = new Stream(1, "rules");
    reopened.open("rules");
    Stream unknown = new Stream(1, "nothing-like-it");
    Stream unopened = new Stream(1, null);
    unopened.send(1, 0, "a");

    for (Stream stream : List.of(twice, reopened, unopened)) {
      stream.awaitEnd();
      assertThat(Statuses.nameOf(Statuses.errorOf(stream.failure).reason()))
          .isEqualTo("INVALID_ARGUMENT");
    }
    unknown.awaitEnd();
    assertThat(Statuses.nameOf(Statuses.errorOf(unknown.failure).reason()))
        .isEqualTo("TOPIC_NOT_FOUND");
    assertThat(twice.acked()).containsExactly(5L);
  }

  @Test
  void whatIsHeldIsGivenBackAlsoWhenTheClientGoesAway() {
    cluster.createTopic("away", 1);
    Stream stream = new Stream(2, "away");
    for (int i = 0; i < 100; i++) {
      stream.send(i, 0, "x".repeat(5000));
    }
    stream.out.onError(new IllegalStateException("enough"));

    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> IntStream.rangeClosed(1, 3).allMatch(b -> cluster.broker(b).heldBytes() == 0));
  }

  static Map<Integer, List<String>> readAll(String topic) {
    return readAll(cluster, 1, topic);
  }

  static Map<Integer, List<String>> readAll(LiveCluster cluster, int broker, String topic) {
    Iterator<SubscribeResponse> messages =
        ConsumerServiceGrpc.newBlockingStub(cluster.channelTo(broker))
            .subscribe(
                SubscribeRequest.newBuilder()
                    .setTopic(topic)
                    .setStart(Position.newBuilder().setEarliest(Earliest.getDefaultInstance()))
                    .setStop(Position.newBuilder().setLatest(Latest.getDefaultInstance()))
                    .build());
    Map<Integer, List<String>> logs = new TreeMap<>();
    messages.forEachRemaining(
        message -> {
          for (StoredBatch batch : message.getRecords().getBatchesList()) {
            List<String> log =
                logs.computeIfAbsent(message.getRecords().getPartition(), p -> new ArrayList<>());
            assertThat(batch.getFirstOffset()).isEqualTo(log.size());
            batch.getRecords().getRecordsList().forEach(r -> log.add(r.getValue().toStringUtf8()));
          }
        });
    return logs;
  }

  /** A client of one stream. */
  private static final class Stream implements StreamObserver<ProduceStreamResponse> {
    private final List<ProduceStreamResponse> received = new ArrayList<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final StreamObserver<ProduceStreamRequest> out;
    private volatile Throwable failure;

    private Stream(int broker, String topic) {
      out = ProducerServiceGrpc.newStub(cluster.channelTo(broker)).produceStream(this);
      if (topic != null) {
        open(topic);
      }
    }

    private void open(String topic) {
      out.onNext(
          ProduceStreamRequest.newBuilder()
              .setOpen(ProduceStreamOpen.newBuilder().setTopic(topic))
              .build());
    }

    private void send(long id, int partition, String value) {
      send(
          ProduceStreamBatch.newBuilder()
              .setBatchId(id)
              .setPartition(partition)
              .setBatch(DataServicesTest.batch(value))
              .build());
    }

    private void send(ProduceStreamBatch batch) {
      out.onNext(ProduceStreamRequest.newBuilder().setBatch(batch).build());
    }

    private void awaitEnd() {
      await().atMost(Duration.ofSeconds(30)).until(() -> ended.getCount() == 0);
    }

    private List<Long> acked() {
      return received.stream()
          .filter(ProduceStreamResponse::hasAck)
          .map(response -> response.getAck().getBatchId())
          .toList();
    }

    @Override
    public void onNext(ProduceStreamResponse response) {
      received.add(response);
    }

    @Override
    public void onError(Throwable thrown) {
      failure = thrown;
      ended.countDown();
    }

    @Override
    public void onCompleted() {
      ended.countDown();
    }
  }
}
