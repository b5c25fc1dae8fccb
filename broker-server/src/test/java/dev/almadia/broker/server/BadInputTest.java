// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.server.grpc.Statuses;
import dev.almadia.internal.v1.OpaqueProduceRequest;
import dev.almadia.internal.v1.OpaqueRecordBatch;
import dev.almadia.v1.CompressedRecords;
import dev.almadia.v1.ConsumerServiceGrpc;
import dev.almadia.v1.CreateTopicRequest;
import dev.almadia.v1.DeleteTopicRequest;
import dev.almadia.v1.FetchRequest;
import dev.almadia.v1.GetTopicRequest;
import dev.almadia.v1.Position;
import dev.almadia.v1.ProduceRequest;
import dev.almadia.v1.ProduceResponse;
import dev.almadia.v1.ProducerServiceGrpc;
import dev.almadia.v1.Record;
import dev.almadia.v1.RecordBatch;
import dev.almadia.v1.RecordSet;
import dev.almadia.v1.SubscribeRequest;
import dev.almadia.v1.Topic;
import dev.almadia.v1.TopicServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * What a broker says to bad input on the wire: input, gRPC code, reason. Each answer is one line
 * that names what is wrong, comes soon, and harms nothing: afterwards produce and fetch work.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadInputTest {
  private static final MethodDescriptor<OpaqueProduceRequest, ProduceResponse> PRODUCE_BYTES =
      ProducerServiceGrpc.getProduceMethod().toBuilder(
              ProtoUtils.marshaller(OpaqueProduceRequest.getDefaultInstance()),
              ProtoUtils.marshaller(ProduceResponse.getDefaultInstance()))
          .build();

  private final TestCluster cluster;
  private long produced;

  BadInputTest(@TempDir Path folder) throws Exception {
    cluster = new TestCluster(folder, 1).startAll();
    BrokerClusterTest.createTopic(cluster.channel(1), "orders", 1);
  }

  @AfterAll
  void stop() {
    cluster.close();
  }

  /** A call that cannot be done. */
  private interface Call {
    void to(Channel channel);
  }

  static final List<Arguments> INPUTS =
      List.of(
          bad("produce to an unknown topic", "NOT_FOUND", "TOPIC_NOT_FOUND", produce("ordrs", 0)),
          bad("fetch of an unknown topic", "NOT_FOUND", "TOPIC_NOT_FOUND", fetch("ordrs", 0, 0)),
          bad("unknown partition", "NOT_FOUND", "PARTITION_NOT_FOUND", produce("orders", 7)),
          bad("negative partition", "NOT_FOUND", "PARTITION_NOT_FOUND", produce("orders", -1)),
          bad("fetch of one", "NOT_FOUND", "PARTITION_NOT_FOUND", fetch("orders", 7, 0)),
          bad("subscription to one", "NOT_FOUND", "PARTITION_NOT_FOUND", subscribe(7, 0)),
          bad("get of an unknown topic", "NOT_FOUND", "TOPIC_NOT_FOUND", get("ordrs")),
          bad("delete of an unknown topic", "NOT_FOUND", "TOPIC_NOT_FOUND", delete("ordrs")),
          bad("batch too large", "INVALID_ARGUMENT", "BATCH_TOO_LARGE", produce(ofBytes(1 << 20))),
          bad(
              "wrong count",
              "INVALID_ARGUMENT",
              "COUNT_MISMATCH",
              produce(ofBytes(1).toBuilder().setRecordCount(2).build())),
          bad(
              "wrong checksum",
              "INVALID_ARGUMENT",
              "CHECKSUM_MISMATCH",
              produce(ofBytes(1).toBuilder().setCrc32C(1).build())),
          bad(
              "compressed batch of nothing",
              "INVALID_ARGUMENT",
              "INVALID_ARGUMENT",
              produce(
                  RecordBatch.newBuilder()
                      .setCompressed(CompressedRecords.getDefaultInstance())
                      .build())),
          bad(
              "empty batch",
              "INVALID_ARGUMENT",
              "INVALID_ARGUMENT",
              produce(RecordBatch.getDefaultInstance())),
          bad("garbage", "INVALID_ARGUMENT", "MALFORMED_RECORDS", produceBytes(garbage(500))),
          bad(
              "half a record",
              "INVALID_ARGUMENT",
              "MALFORMED_RECORDS",
              produceBytes(ofBytes(90).getRecords().toByteString().substring(0, 50))),
          bad("no partitions", "INVALID_ARGUMENT", "INVALID_ARGUMENT", create("z", 0, 1)),
          bad("too many", "INVALID_ARGUMENT", "INVALID_ARGUMENT", create("z", 100_001, 1)),
          bad("replicas", "FAILED_PRECONDITION", "NOT_ENOUGH_BROKERS", create("z", 1, 2)),
          bad("same name", "ALREADY_EXISTS", "TOPIC_EXISTS", create("orders", 1, 1)),
          bad("path as name", "INVALID_ARGUMENT", "INVALID_ARGUMENT", create("../x", 1, 1)),
          bad("no name", "INVALID_ARGUMENT", "INVALID_ARGUMENT", create("", 1, 1)),
          bad("long", "INVALID_ARGUMENT", "INVALID_ARGUMENT", create("a".repeat(300), 1, 1)),
          bad("hidden", "INVALID_ARGUMENT", "INVALID_ARGUMENT", create(".hidden", 1, 1)),
          bad("control", "INVALID_ARGUMENT", "INVALID_ARGUMENT", create("a\n\u001bb", 1, 1)),
          bad("above the end", "OUT_OF_RANGE", "OFFSET_OUT_OF_RANGE", fetch("orders", 0, 1 << 20)),
          bad("subscribed so", "OUT_OF_RANGE", "OFFSET_OUT_OF_RANGE", subscribe(0, 1 << 20)),
          bad("below zero", "INVALID_ARGUMENT", "INVALID_ARGUMENT", fetch("orders", 0, -5)),
          bad(
              "negative bytes",
              "INVALID_ARGUMENT",
              "INVALID_ARGUMENT",
              fetch(fetchOf("orders", 0, 0).setMaxBytes(-1).build())),
          bad(
              "negative wait",
              "INVALID_ARGUMENT",
              "INVALID_ARGUMENT",
              fetch(fetchOf("orders", 0, 0).setMaxWaitMs(-1).build())));

  @ParameterizedTest(name = "{0}: {1} {2}")
  @FieldSource("INPUTS")
  void isAnsweredWithCodeReasonAndOneLine(String input, String code, String reason, Call call) {
    StatusRuntimeException thrown =
        catchThrowableOfType(StatusRuntimeException.class, () -> call.to(cluster.channel(1)));

    assertThat(thrown).as(input).isNotNull();
    assertThat(thrown.getStatus().getCode()).isEqualTo(Status.Code.valueOf(code));
    BrokerError error = Statuses.errorOf(thrown);
    assertThat(error).isNotNull();
    assertThat(Statuses.nameOf(error.reason())).isEqualTo(reason);
    assertThat(error.message()).isNotBlank().doesNotContainPattern("\\p{Cntrl}");
    assertThat(error.message().length()).isLessThan(500);
  }

  /** Nothing of it was stored, and the next good record is taken and read. */
  @AfterEach
  void nothingIsHarmed() {
    long offset = BrokerClusterTest.produce(cluster.channel(1), "orders", 0, "good");
    assertThat(offset).isEqualTo(produced++);
    assertThat(BrokerClusterTest.fetch(cluster.channel(1), "orders", 0))
        .hasSize((int) produced)
        .containsOnly("good");
    assertThat(BrokerClusterTest.topicNames(cluster.channel(1))).containsExactly("orders");
  }

  @Test
  void aNearNameIsSuggested() {
    StatusRuntimeException thrown =
        catchThrowableOfType(
            StatusRuntimeException.class, () -> produce("ordrs", 0).to(cluster.channel(1)));
    assertThat(Statuses.errorOf(thrown).metadata()).containsEntry("did_you_mean", "orders");
  }

  private static Arguments bad(String input, String code, String reason, Call call) {
    return Arguments.of(input, code, reason, call);
  }

  private static RecordBatch ofBytes(int bytes) {
    return RecordBatch.newBuilder()
        .setRecords(
            RecordSet.newBuilder()
                .addRecords(Record.newBuilder().setValue(ByteString.copyFrom(new byte[bytes]))))
        .build();
  }

  private static ByteString garbage(int bytes) {
    byte[] noise = new byte[bytes];
    new Random(1).nextBytes(noise);
    return ByteString.copyFrom(noise);
  }

  private static CallOptions soon() {
    return CallOptions.DEFAULT.withDeadlineAfter(10, TimeUnit.SECONDS);
  }

  private static Call produce(String topic, int partition) {
    return produce(
        ProduceRequest.newBuilder()
            .setTopic(topic)
            .setPartition(partition)
            .setBatch(ofBytes(1))
            .build());
  }

  private static Call produce(RecordBatch batch) {
    return produce(
        ProduceRequest.newBuilder().setTopic("orders").setPartition(0).setBatch(batch).build());
  }

  private static Call produce(ProduceRequest request) {
    return channel -> {
      var unused =
          ClientCalls.blockingUnaryCall(
              channel, ProducerServiceGrpc.getProduceMethod(), soon(), request);
    };
  }

  private static Call produceBytes(ByteString records) {
    OpaqueProduceRequest request =
        OpaqueProduceRequest.newBuilder()
            .setTopic("orders")
            .setPartition(0)
            .setBatch(OpaqueRecordBatch.newBuilder().setRecords(records))
            .build();
    return channel -> {
      var unused = ClientCalls.blockingUnaryCall(channel, PRODUCE_BYTES, soon(), request);
    };
  }

  private static FetchRequest.Builder fetchOf(String topic, int partition, long offset) {
    return FetchRequest.newBuilder()
        .setTopic(topic)
        .setPartition(partition)
        .setPosition(Position.newBuilder().setOffset(offset));
  }

  private static Call fetch(String topic, int partition, long offset) {
    return fetch(fetchOf(topic, partition, offset).build());
  }

  private static Call fetch(FetchRequest request) {
    return channel -> {
      var unused =
          ClientCalls.blockingUnaryCall(
              channel, ConsumerServiceGrpc.getFetchMethod(), soon(), request);
    };
  }

  private static Call subscribe(int partition, long offset) {
    SubscribeRequest request =
        SubscribeRequest.newBuilder()
            .setTopic("orders")
            .addPartitions(partition)
            .setStart(Position.newBuilder().setOffset(offset))
            .build();
    return channel ->
        ClientCalls.blockingServerStreamingCall(
                channel, ConsumerServiceGrpc.getSubscribeMethod(), soon(), request)
            .forEachRemaining(response -> {});
  }

  private static Call create(String name, int partitions, int replicas) {
    Topic topic =
        Topic.newBuilder()
            .setTopic(name)
            .setPartitions(partitions)
            .setReplicationFactor(replicas)
            .build();
    return channel -> {
      var unused =
          TopicServiceGrpc.newBlockingStub(channel)
              .withDeadlineAfter(10, TimeUnit.SECONDS)
              .createTopic(CreateTopicRequest.newBuilder().setTopic(topic).build());
    };
  }

  private static Call get(String name) {
    return channel -> {
      var unused =
          TopicServiceGrpc.newBlockingStub(channel)
              .getTopic(GetTopicRequest.newBuilder().setTopic(name).build());
    };
  }

  private static Call delete(String name) {
    return channel -> {
      var unused =
          TopicServiceGrpc.newBlockingStub(channel)
              .deleteTopic(DeleteTopicRequest.newBuilder().setTopic(name).build());
    };
  }
}
