// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.almadia.broker.core.record.Murmur2;
import dev.almadia.broker.server.grpc.Forwarder;
import dev.almadia.broker.server.grpc.Statuses;
import dev.almadia.v1.CompressedRecords;
import dev.almadia.v1.ConsumerServiceGrpc;
import dev.almadia.v1.Durability;
import dev.almadia.v1.Earliest;
import dev.almadia.v1.EmptyReason;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.FetchRequest;
import dev.almadia.v1.FetchResponse;
import dev.almadia.v1.Latest;
import dev.almadia.v1.PartitionResult;
import dev.almadia.v1.Position;
import dev.almadia.v1.ProduceRequest;
import dev.almadia.v1.ProduceResponse;
import dev.almadia.v1.ProducerServiceGrpc;
import dev.almadia.v1.Record;
import dev.almadia.v1.RecordBatch;
import dev.almadia.v1.RecordSet;
import dev.almadia.v1.ResolveOffsetsRequest;
import dev.almadia.v1.ResolveOffsetsResponse;
import dev.almadia.v1.StoredBatch;
import dev.almadia.v1.SubscribeRequest;
import dev.almadia.v1.SubscribeResponse;
import dev.almadia.v1.WriteOutcome;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Unary calls and subscriptions against three brokers with real Raft, RocksDB and gRPC. */
class DataServicesTest {
  private static LiveCluster cluster;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    cluster = new LiveCluster(directory, 3, DataLimits.DEFAULT);
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @Test
  void everyBrokerTakesWritesAndReadsOfAPartition() {
    cluster.createTopic("any", 1);
    long offset = 0;
    for (int broker = 1; broker <= 3; broker++) {
      ProduceResponse response = producer(broker).produce(request("any", 0, "a", "b"));

      PartitionResult result = response.getResults(0);
      assertThat(result.getFirstOffset()).isEqualTo(offset);
      assertThat(result.getRecordCount()).isEqualTo(2);
      assertThat(result.getOutcome()).isEqualTo(WriteOutcome.WRITE_OUTCOME_APPLIED);
      assertThat(result.getDurability()).isEqualTo(Durability.DURABILITY_QUORUM_SYNCED);
      assertThat(result.getRecordIndexesList()).isEmpty();
      assertThat(result.getHint().getLeaderBrokerId())
          .isEqualTo(cluster.leaderOf("any", 0).brokerId());
      assertThat(result.getAppendTimeMs()).isPositive();
      offset += 2;
    }
    for (int broker = 1; broker <= 3; broker++) {
      FetchResponse all = consumer(broker).fetch(fetch("any", earliest()).build());
      assertThat(values(all)).containsExactly("a", "b", "a", "b", "a", "b");
      assertThat(all.getNextOffset()).isEqualTo(6);
      assertThat(all.getHighWatermark()).isEqualTo(6);
    }
  }

  @Test
  void recordsWithoutAPartitionGoByTheirKeys() {
    cluster.createTopic("keyed", 5);
    RecordSet.Builder set = RecordSet.newBuilder();
    for (int i = 0; i < 100; i++) {
      Record.Builder record = Record.newBuilder().setValue(utf8("v" + i));
      if (i % 10 != 0) {
        record.setKey(utf8("k" + i % 7));
      }
      set.addRecords(record);
    }

    ProduceResponse response =
        producer(1)
            .produce(
                ProduceRequest.newBuilder()
                    .setTopic("keyed")
                    .setBatch(RecordBatch.newBuilder().setRecords(set))
                    .build());

    List<Integer> seen = new ArrayList<>();
    for (PartitionResult result : response.getResultsList()) {
      FetchResponse part =
          consumer(2).fetch(fetch("keyed", earliest()).setPartition(result.getPartition()).build());
      assertThat(values(part))
          .containsExactlyElementsOf(
              result.getRecordIndexesList().stream().map(i -> "v" + i).toList());
      for (int index : result.getRecordIndexesList()) {
        Record record = set.getRecords(index);
        byte[] key = record.getKey().toByteArray();
        if (record.hasKey()) {
          assertThat(Murmur2.partition(key, 0, key.length, 5)).isEqualTo(result.getPartition());
        }
        seen.add(index);
      }
    }
    assertThat(seen).containsExactlyInAnyOrderElementsOf(IntStream.range(0, 100).boxed().toList());
  }

  @Test
  void badBatchesAreRefusedWithAReasonWhereverTheyArrive() {
    cluster.createTopic("bad", 1);
    RecordBatch good = batch("x");
    for (int broker = 1; broker <= 3; broker++) {
      ProducerServiceGrpc.ProducerServiceBlockingStub stub = producer(broker);
      assertThat(reason(() -> stub.produce(request("bed", 0, "x")))).isEqualTo("TOPIC_NOT_FOUND");
      assertThat(reason(() -> stub.produce(request("../x", 0, "x")))).isEqualTo("INVALID_ARGUMENT");
      assertThat(reason(() -> stub.produce(request("bad", 1, "x"))))
          .isEqualTo("PARTITION_NOT_FOUND");
      assertThat(reason(() -> stub.produce(request("bad", -1, "x"))))
          .isEqualTo("PARTITION_NOT_FOUND");
      assertThat(reason(() -> stub.produce(request("bad", 0)))).isEqualTo("INVALID_ARGUMENT");
      assertThat(reason(stub, good.toBuilder().setRecordCount(2))).isEqualTo("COUNT_MISMATCH");
      assertThat(reason(stub, good.toBuilder().setCrc32C(1))).isEqualTo("CHECKSUM_MISMATCH");
      assertThat(
              reason(
                  stub,
                  RecordBatch.newBuilder().setCompressed(CompressedRecords.getDefaultInstance())))
          .isEqualTo("INVALID_ARGUMENT");
      assertThat(reason(stub, batch("x".repeat(1 << 20)).toBuilder())).isEqualTo("BATCH_TOO_LARGE");
    }
    assertThat(consumer(1).fetch(fetch("bad", earliest()).build()).getHighWatermark())
        .as("nothing of it was stored")
        .isZero();
  }

  @Test
  void anUnknownTopicIsAnsweredWithANearName() {
    cluster.createTopic("orders", 1);

    StatusRuntimeException thrown =
        catchThrowableOfType(
            StatusRuntimeException.class, () -> producer(1).produce(request("ordrs", 0, "x")));

    assertThat(Statuses.errorOf(thrown).metadata()).containsEntry("did_you_mean", "orders");
  }

  @Test
  void aFetchKeepsToItsLimitsAndMayBeginInTheMiddleOfABatch() {
    cluster.createTopic("limits", 1);
    producer(1).produce(request("limits", 0, "0", "1", "2", "3", "4"));
    producer(1).produce(request("limits", 0, "5", "6"));
    int via = cluster.otherThanLeader("limits", 0);

    FetchResponse middle = consumer(via).fetch(fetch("limits", at(3)).build());
    FetchResponse three = consumer(via).fetch(fetch("limits", at(1)).setMaxRecords(3).build());
    FetchResponse across = consumer(via).fetch(fetch("limits", at(4)).setMaxRecords(2).build());
    FetchResponse tiny = consumer(via).fetch(fetch("limits", at(2)).setMaxBytes(1).build());

    assertThat(values(middle)).containsExactly("3", "4", "5", "6");
    assertThat(middle.getBatches(0).getFirstOffset()).isEqualTo(3);
    assertThat(values(three)).containsExactly("1", "2", "3");
    assertThat(three.getNextOffset()).isEqualTo(4);
    assertThat(values(across)).containsExactly("4", "5");
    assertThat(values(tiny)).containsExactly("2");
  }

  @Test
  void everyOffsetCanBeReadFromTheStoreAndFromMemory() {
    cluster.createTopic("every", 1);
    for (int i = 0; i < 30; i++) {
      producer(1).produce(request("every", 0, "a" + i, "b" + i, "c" + i));
    }
    for (int offset = 0; offset < 90; offset++) {
      FetchResponse response =
          consumer(1 + offset % 3).fetch(fetch("every", at(offset)).setMaxRecords(4).build());
      assertThat(values(response).get(0)).isEqualTo("abc".charAt(offset % 3) + "" + offset / 3);
      assertThat(response.getNextOffset()).isEqualTo(Math.min(90, offset + 4));
    }
  }

  @Test
  void offsetsOutsideAreRefusedAndTheEndWaits() {
    cluster.createTopic("range", 1);
    producer(1).produce(request("range", 0, "x"));

    StatusRuntimeException above =
        catchThrowableOfType(
            StatusRuntimeException.class, () -> consumer(2).fetch(fetch("range", at(2)).build()));
    FetchResponse atEnd = consumer(2).fetch(fetch("range", at(1)).build());

    assertThat(Statuses.errorOf(above).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_OFFSET_OUT_OF_RANGE);
    assertThat(Statuses.errorOf(above).metadata())
        .containsEntry("requested", "2")
        .containsEntry("high_watermark", "1");
    assertThat(atEnd.getEmptyReason()).isEqualTo(EmptyReason.EMPTY_REASON_CAUGHT_UP);
    assertThat(reason(() -> consumer(1).fetch(fetch("range", at(-1)).build())))
        .isEqualTo("INVALID_ARGUMENT");
    assertThat(reason(() -> consumer(1).fetch(fetch("range", at(0)).setMaxWaitMs(30_001).build())))
        .isEqualTo("INVALID_ARGUMENT");
  }

  @Test
  void aLongPollEndsWithTheFirstRecordAndLeavesNothingBehind() throws Exception {
    cluster.createTopic("poll", 1);
    for (int broker :
        List.of(cluster.leaderOf("poll", 0).brokerId(), cluster.otherThanLeader("poll", 0))) {
      CompletableFuture<FetchResponse> waiting =
          CompletableFuture.supplyAsync(
              () ->
                  consumer(broker)
                      .fetch(
                          fetch(
                                  "poll",
                                  Position.newBuilder().setLatest(Latest.getDefaultInstance()))
                              .setMaxWaitMs(20_000)
                              .build()));
      await().until(() -> cluster.leaderOf("poll", 0).listenerCount() > 0);
      assertThat(waiting).isNotDone();

      producer(1).produce(request("poll", 0, "now"));

      assertThat(values(waiting.get(10, TimeUnit.SECONDS))).containsExactly("now");
      await().until(() -> cluster.leaderOf("poll", 0).listenerCount() == 0);
    }
  }

  @Test
  void aCancelledLongPollLeavesNothingBehind() {
    cluster.createTopic("gone", 1);
    int via = cluster.otherThanLeader("gone", 0);

    String reason =
        catchThrowableOfType(
                StatusRuntimeException.class,
                () ->
                    consumer(via)
                        .withDeadlineAfter(300, TimeUnit.MILLISECONDS)
                        .fetch(fetch("gone", earliest()).setMaxWaitMs(30_000).build()))
            .getStatus()
            .getCode()
            .name();

    assertThat(reason).isEqualTo("DEADLINE_EXCEEDED");
    await().until(() -> cluster.leaderOf("gone", 0).listenerCount() == 0);
  }

  @Test
  void positionsAreResolvedAtTheLeaders() {
    cluster.createTopic("resolve", 3);
    for (int partition = 0; partition < 3; partition++) {
      ProduceRequest.Builder request = request("resolve", partition).toBuilder();
      RecordSet.Builder set = RecordSet.newBuilder();
      for (int i = 0; i <= partition; i++) {
        set.addRecords(Record.newBuilder().setTimestampMs(1000 + i * 10L));
      }
      producer(1).produce(request.setBatch(RecordBatch.newBuilder().setRecords(set)).build());
    }

    assertThat(resolve(Position.newBuilder().setLatest(Latest.getDefaultInstance())))
        .containsExactly(1L, 2L, 3L);
    assertThat(resolve(earliest())).containsExactly(0L, 0L, 0L);
    assertThat(resolve(Position.newBuilder().setTailRecords(2))).containsExactly(0L, 0L, 1L);
    assertThat(resolve(Position.newBuilder().setTimestampMs(1005))).containsExactly(1L, 1L, 1L);
    assertThat(resolve(Position.newBuilder().setTimestampMs(1020))).containsExactly(1L, 2L, 2L);
  }

  @Test
  void aPartitionThatCannotBeResolvedFailsAlone() {
    cluster.createTopic("part", 2);

    ResolveOffsetsResponse response =
        consumer(1)
            .resolveOffsets(
                ResolveOffsetsRequest.newBuilder()
                    .setTopic("part")
                    .addPartitions(1)
                    .addPartitions(7)
                    .addPartitions(0)
                    .build());

    assertThat(response.getOffsetsList())
        .extracting(o -> o.getPartition())
        .containsExactly(1, 7, 0);
    assertThat(response.getOffsets(1).getFailure().getReason()).isEqualTo("PARTITION_NOT_FOUND");
    assertThat(response.getOffsets(0).hasFailure()).isFalse();
  }

  @Test
  void directCallsAreToldWhoLeadsAndForwardedOnesAreNotForwardedAgain() {
    cluster.createTopic("direct", 1);
    int leader = cluster.leaderOf("direct", 0).brokerId();
    int other = cluster.otherThanLeader("direct", 0);

    StatusRuntimeException direct =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () -> with(other, "almadia-routing", "direct").produce(request("direct", 0, "x")));
    StatusRuntimeException twice =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () -> with(other, Forwarder.FORWARDED.name(), "9").produce(request("direct", 0, "x")));

    assertThat(Statuses.errorOf(direct).metadata())
        .containsEntry("leader_broker_id", String.valueOf(leader))
        .containsEntry("leader_endpoint", "broker" + leader + ":9400");
    assertThat(Statuses.errorOf(twice).reason()).isEqualTo(ErrorReason.ERROR_REASON_NOT_LEADER);
    assertThat(with(leader, "almadia-routing", "direct").produce(request("direct", 0, "x")))
        .isNotNull();
  }

  @Test
  void aSubscriptionReadsAllPartitionsUpToItsStopAndEnds() {
    cluster.createTopic("sub", 4);
    for (int i = 0; i < 200; i++) {
      producer(1 + i % 3).produce(request("sub", i % 4, "v" + i));
    }

    Iterator<SubscribeResponse> stream =
        consumer(2)
            .subscribe(
                SubscribeRequest.newBuilder()
                    .setTopic("sub")
                    .setStart(earliest())
                    .setStop(Position.newBuilder().setLatest(Latest.getDefaultInstance()))
                    .build());

    List<String> values = new ArrayList<>();
    long[] next = new long[4];
    int done = 0;
    while (stream.hasNext()) {
      SubscribeResponse message = stream.next();
      for (StoredBatch batch : message.getRecords().getBatchesList()) {
        int partition = message.getRecords().getPartition();
        assertThat(batch.getFirstOffset()).isEqualTo(next[partition]);
        next[partition] += batch.getRecordCount();
        batch.getRecords().getRecordsList().forEach(r -> values.add(r.getValue().toStringUtf8()));
      }
      done += message.getProgress().getDone() ? 1 : 0;
    }
    assertThat(values)
        .containsExactlyInAnyOrderElementsOf(
            IntStream.range(0, 200).mapToObj(i -> "v" + i).toList());
    assertThat(done).isEqualTo(4);
  }

  @Test
  void aSubscriptionOfARangeGivesExactlyThat() {
    cluster.createTopic("slice", 1);
    producer(1).produce(request("slice", 0, "0", "1", "2", "3", "4", "5"));

    Iterator<SubscribeResponse> stream =
        consumer(3)
            .subscribe(
                SubscribeRequest.newBuilder()
                    .setTopic("slice")
                    .addPartitions(0)
                    .setStart(at(2))
                    .setStop(at(5))
                    .build());

    List<String> values = new ArrayList<>();
    stream.forEachRemaining(
        message ->
            message
                .getRecords()
                .getBatchesList()
                .forEach(
                    batch ->
                        batch
                            .getRecords()
                            .getRecordsList()
                            .forEach(r -> values.add(r.getValue().toStringUtf8()))));
    assertThat(values).containsExactly("2", "3", "4");
  }

  @Test
  void aSubscriptionThatFollowsSaysItIsCaughtUpAndGoesOnWithNewRecords() {
    cluster.createTopic("follow", 1);
    Iterator<SubscribeResponse> stream =
        consumer(2)
            .withDeadlineAfter(20, TimeUnit.SECONDS)
            .subscribe(
                SubscribeRequest.newBuilder()
                    .setTopic("follow")
                    .setProgressIntervalMs(100)
                    .build());

    assertThat(stream.next().getProgress().getCaughtUp()).isTrue();
    assertThat(stream.next().getProgress().getCaughtUp()).as("again, by the interval").isTrue();
    producer(1).produce(request("follow", 0, "new"));

    SubscribeResponse message = stream.next();
    while (message.hasProgress() && message.getProgress().getNextOffset() == 0) {
      message = stream.next();
    }
    assertThat(message.getRecords().getBatches(0).getRecords().getRecords(0).getValue())
        .isEqualTo(utf8("new"));
    SubscribeResponse after = stream.next();
    assertThat(after.getProgress().getCaughtUp()).isTrue();
    assertThat(after.getProgress().getNextOffset()).isEqualTo(1);
  }

  @Test
  void badSubscriptionsAreRefused() {
    cluster.createTopic("badsub", 2);
    SubscribeRequest good = SubscribeRequest.newBuilder().setTopic("badsub").build();

    assertThat(reason(good.toBuilder().setTopic("badsup"))).isEqualTo("TOPIC_NOT_FOUND");
    assertThat(reason(good.toBuilder().addPartitions(2))).isEqualTo("PARTITION_NOT_FOUND");
    assertThat(reason(good.toBuilder().addPartitions(1).addPartitions(1)))
        .isEqualTo("INVALID_ARGUMENT");
    assertThat(reason(good.toBuilder().setStart(at(0)))).isEqualTo("INVALID_ARGUMENT");
    assertThat(reason(good.toBuilder().addPartitions(0).setStart(at(9))))
        .isEqualTo("OFFSET_OUT_OF_RANGE");
    assertThat(reason(good.toBuilder().setProgressIntervalMs(-1))).isEqualTo("INVALID_ARGUMENT");
  }

  @Test
  void whatIsHeldIsGivenBack() {
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> IntStream.rangeClosed(1, 3).allMatch(b -> cluster.broker(b).heldBytes() == 0));
  }

  private static String reason(SubscribeRequest.Builder request) {
    return reason(() -> consumer(1).subscribe(request.build()).next());
  }

  private static String reason(
      ProducerServiceGrpc.ProducerServiceBlockingStub stub, RecordBatch.Builder batch) {
    return reason(() -> stub.produce(request("bad", 0, "x").toBuilder().setBatch(batch).build()));
  }

  private static String reason(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    StatusRuntimeException thrown = catchThrowableOfType(StatusRuntimeException.class, call);
    assertThat(thrown).as("a refusal").isNotNull();
    assertThat(Statuses.errorOf(thrown)).as(thrown.toString()).isNotNull();
    return Statuses.nameOf(Statuses.errorOf(thrown).reason());
  }

  private static List<Long> resolve(Position.Builder position) {
    return consumer(2)
        .resolveOffsets(
            ResolveOffsetsRequest.newBuilder().setTopic("resolve").setPosition(position).build())
        .getOffsetsList()
        .stream()
        .map(o -> o.getOffset())
        .toList();
  }

  static List<String> values(FetchResponse response) {
    return response.getBatchesList().stream()
        .flatMap(batch -> batch.getRecords().getRecordsList().stream())
        .map(record -> record.getValue().toStringUtf8())
        .toList();
  }

  static ProduceRequest request(String topic, int partition, String... values) {
    return ProduceRequest.newBuilder()
        .setTopic(topic)
        .setPartition(partition)
        .setBatch(batch(values))
        .build();
  }

  static RecordBatch batch(String... values) {
    RecordSet.Builder set = RecordSet.newBuilder();
    for (String value : values) {
      set.addRecords(Record.newBuilder().setValue(utf8(value)));
    }
    return RecordBatch.newBuilder().setRecords(set).build();
  }

  static ByteString utf8(String text) {
    return ByteString.copyFromUtf8(text);
  }

  private static FetchRequest.Builder fetch(String topic, Position.Builder position) {
    return FetchRequest.newBuilder().setTopic(topic).setPosition(position);
  }

  private static Position.Builder earliest() {
    return Position.newBuilder().setEarliest(Earliest.getDefaultInstance());
  }

  private static Position.Builder at(long offset) {
    return Position.newBuilder().setOffset(offset);
  }

  private static ProducerServiceGrpc.ProducerServiceBlockingStub with(
      int broker, String header, String value) {
    Metadata metadata = new Metadata();
    metadata.put(Metadata.Key.of(header, Metadata.ASCII_STRING_MARSHALLER), value);
    return producer(broker).withInterceptors(MetadataUtils.newAttachHeadersInterceptor(metadata));
  }

  private static ProducerServiceGrpc.ProducerServiceBlockingStub producer(int broker) {
    return ProducerServiceGrpc.newBlockingStub(cluster.channelTo(broker));
  }

  private static ConsumerServiceGrpc.ConsumerServiceBlockingStub consumer(int broker) {
    return ConsumerServiceGrpc.newBlockingStub(cluster.channelTo(broker));
  }
}
