// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.almadia.codec.Codecs;
import dev.almadia.v1.Codec;
import dev.almadia.v1.CompressedRecords;
import dev.almadia.v1.ConsumerServiceGrpc;
import dev.almadia.v1.CreateTopicRequest;
import dev.almadia.v1.CreateTopicResponse;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.FetchRequest;
import dev.almadia.v1.FetchResponse;
import dev.almadia.v1.GetTopicRequest;
import dev.almadia.v1.GetTopicResponse;
import dev.almadia.v1.GoingAway;
import dev.almadia.v1.Position;
import dev.almadia.v1.Record;
import dev.almadia.v1.RecordBatch;
import dev.almadia.v1.StoredBatch;
import dev.almadia.v1.SubscribeProgress;
import dev.almadia.v1.SubscribeRequest;
import dev.almadia.v1.SubscribeResponse;
import dev.almadia.v1.SubscribedRecords;
import dev.almadia.v1.TopicServiceGrpc;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(30)
class ClientTest {
  private static AlmadiaClient client(ScriptedServer server, Duration timeout) {
    return AlmadiaClient.connect(List.of(server.address()), timeout);
  }

  private static StoredBatch stored(long firstOffset, String... values) {
    List<Record> records = new ArrayList<>();
    for (String value : values) {
      records.add(Record.newBuilder().setValue(ByteString.copyFromUtf8(value)).build());
    }
    RecordBatch batch = Batches.of(records);
    return StoredBatch.newBuilder()
        .setFirstOffset(firstOffset)
        .setRecords(batch.getRecords())
        .setCrc32C(batch.getCrc32C())
        .setRecordCount(records.size())
        .setAppendTimeMs(1)
        .build();
  }

  @Test
  void readsAreTriedAgainUntilTheBrokerIsThere() throws Exception {
    AtomicInteger tries = new AtomicInteger();
    var service =
        new TopicServiceGrpc.TopicServiceImplBase() {
          @Override
          public void getTopic(GetTopicRequest request, StreamObserver<GetTopicResponse> out) {
            if (tries.incrementAndGet() < 4) {
              out.onError(
                  ScriptedServer.error(
                      ErrorReason.ERROR_REASON_BROKER_STARTING, "starting", Map.of()));
              return;
            }
            out.onNext(GetTopicResponse.getDefaultInstance());
            out.onCompleted();
          }
        };
    try (var server = new ScriptedServer(service);
        var client = client(server, Duration.ofSeconds(10))) {
      assertThat(client.admin().getTopic("x")).isNotNull();
      assertThat(tries).hasValue(4);
    }
  }

  @Test
  void aCallEndsAtItsDeadline() throws Exception {
    var service =
        new TopicServiceGrpc.TopicServiceImplBase() {
          @Override
          public void getTopic(GetTopicRequest request, StreamObserver<GetTopicResponse> out) {
            // Says nothing.
          }
        };
    try (var server = new ScriptedServer(service);
        var client = client(server, Duration.ofMillis(300))) {
      assertThatThrownBy(() -> client.admin().getTopic("x"))
          .isInstanceOfSatisfying(
              AlmadiaException.class,
              e -> assertThat(e.code()).isEqualTo(Status.Code.DEADLINE_EXCEEDED));
    }
  }

  @Test
  void aWriteIsRepeatedOnlyIfItWasCertainlyNotApplied() throws Exception {
    AtomicInteger tries = new AtomicInteger();
    var service =
        new TopicServiceGrpc.TopicServiceImplBase() {
          @Override
          public void createTopic(
              CreateTopicRequest request, StreamObserver<CreateTopicResponse> out) {
            if (tries.incrementAndGet() == 1) {
              out.onError(
                  ScriptedServer.error(ErrorReason.ERROR_REASON_NO_LEADER, "none", Map.of()));
            } else {
              out.onError(Status.UNAVAILABLE.withDescription("bare").asRuntimeException());
            }
          }
        };
    try (var server = new ScriptedServer(service);
        var client = client(server, Duration.ofSeconds(10))) {
      assertThatThrownBy(() -> client.admin().createTopic(CreateTopicRequest.getDefaultInstance()))
          .isInstanceOfSatisfying(
              AlmadiaException.class,
              e -> {
                assertThat(e.outcome()).isEqualTo(Outcome.UNKNOWN);
                assertThat(e.reason()).isEmpty();
              });
      assertThat(tries).hasValue(2);
    }
  }

  @Test
  void anErrorCarriesReasonMetadataAndPlace() throws Exception {
    var service =
        new TopicServiceGrpc.TopicServiceImplBase() {
          @Override
          public void getTopic(GetTopicRequest request, StreamObserver<GetTopicResponse> out) {
            out.onError(
                ScriptedServer.error(
                    ErrorReason.ERROR_REASON_TOPIC_NOT_FOUND,
                    "no topic 'ordesr'",
                    Map.of("topic", "ordesr", "did_you_mean", "orders")));
          }
        };
    try (var server = new ScriptedServer(service);
        var client = client(server, Duration.ofSeconds(10))) {
      assertThatThrownBy(() -> client.admin().getTopic("ordesr"))
          .isInstanceOfSatisfying(
              AlmadiaException.class,
              e -> {
                assertThat(e.code()).isEqualTo(Status.Code.NOT_FOUND);
                assertThat(e.reason()).isEqualTo("TOPIC_NOT_FOUND");
                assertThat(e.metadata()).containsEntry("did_you_mean", "orders");
                assertThat(e.operation()).isEqualTo("GetTopic");
                assertThat(e.where()).isEqualTo(server.address().toString());
                assertThat(e.isTransient()).isFalse();
              });
    }
  }

  @Test
  void fetchGivesEachRecordItsOffsetAndRefusesAFlippedBit() throws Exception {
    var service =
        new ConsumerServiceGrpc.ConsumerServiceImplBase() {
          @Override
          public void fetch(FetchRequest request, StreamObserver<FetchResponse> out) {
            StoredBatch batch = stored(5, "a", "b", "c");
            if (request.getPartition() == 1) {
              batch = batch.toBuilder().setCrc32C(batch.getCrc32C() ^ 1).build();
            }
            out.onNext(FetchResponse.newBuilder().addBatches(batch).setNextOffset(8).build());
            out.onCompleted();
          }
        };
    try (var server = new ScriptedServer(service);
        var client = client(server, Duration.ofSeconds(10))) {
      FetchRequest request =
          FetchRequest.newBuilder().setPosition(Position.newBuilder().setOffset(6)).build();
      var fetched = client.reader().fetch(request);
      assertThat(fetched.records()).extracting(ReadRecord::offset).containsExactly(6L, 7L);
      assertThatThrownBy(() -> client.reader().fetch(request.toBuilder().setPartition(1).build()))
          .isInstanceOfSatisfying(
              AlmadiaException.class, e -> assertThat(e.code()).isEqualTo(Status.Code.DATA_LOSS));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"CODEC_GZIP", "CODEC_LZ4", "CODEC_ZSTD"})
  void compressedBatchesAreInflatedAndRefusedIfTheyAreNotWhatTheySay(Codec codec) throws Exception {
    List<StoredBatch> answers = new CopyOnWriteArrayList<>();
    List<FetchRequest> asked = new CopyOnWriteArrayList<>();
    var service =
        new ConsumerServiceGrpc.ConsumerServiceImplBase() {
          @Override
          public void fetch(FetchRequest request, StreamObserver<FetchResponse> out) {
            asked.add(request);
            out.onNext(FetchResponse.newBuilder().addBatches(answers.remove(0)).build());
            out.onCompleted();
          }
        };
    try (var server = new ScriptedServer(service);
        var client = client(server, Duration.ofSeconds(10))) {
      FetchRequest request =
          FetchRequest.newBuilder().setPosition(Position.newBuilder().setOffset(6)).build();
      StoredBatch good = compressed(codec, stored(5, "a", "b", "c"));
      answers.add(good);

      var fetched = client.reader().fetch(request);

      assertThat(fetched.records())
          .extracting(read -> read.offset() + read.record().getValue().toStringUtf8())
          .containsExactly("6b", "7c");
      assertThat(asked.get(0).getAcceptCodecsList()).contains(codec);
      CompressedRecords inside = good.getCompressed();
      ByteString data = inside.getData();
      answers.addAll(
          List.of(
              good.toBuilder().setCrc32C(good.getCrc32C() ^ 1).build(),
              with(good, inside.toBuilder().setUncompressedBytes(1)),
              with(good, inside.toBuilder().setUncompressedBytes(1 << 20)),
              with(good, inside.toBuilder().setUncompressedBytes(1L << 40)),
              with(good, inside.toBuilder().setUncompressedBytes(-1)),
              with(good, inside.toBuilder().setData(data.concat(data))),
              with(good, inside.toBuilder().setData(data.substring(0, data.size() - 1))),
              good.toBuilder().setRecordCount(2).build()));
      while (!answers.isEmpty()) {
        assertThatThrownBy(() -> client.reader().fetch(request))
            .isInstanceOfSatisfying(
                AlmadiaException.class, e -> assertThat(e.code()).isEqualTo(Status.Code.DATA_LOSS));
      }
      answers.add(with(good, inside.toBuilder().setCodecValue(42)));
      assertThatThrownBy(() -> client.reader().fetch(request))
          .isInstanceOfSatisfying(
              AlmadiaException.class,
              e -> assertThat(e.code()).isEqualTo(Status.Code.UNIMPLEMENTED));
    }
  }

  private static StoredBatch compressed(Codec codec, StoredBatch batch) {
    byte[] set = batch.getRecords().toByteArray();
    return with(
        batch,
        CompressedRecords.newBuilder()
            .setCodec(codec)
            .setData(ByteString.copyFrom(Codecs.compress(codec, set, 0, set.length)))
            .setRecordCount(batch.getRecordCount())
            .setUncompressedBytes(set.length));
  }

  private static StoredBatch with(StoredBatch batch, CompressedRecords.Builder records) {
    return batch.toBuilder()
        .setCompressed(records)
        .setCrc32C(Batches.crc32c(records.getData()))
        .build();
  }

  @Test
  void aSubscriptionGoesOnWhereItStopped() throws Exception {
    List<Long> starts = new ArrayList<>();
    var service =
        new ConsumerServiceGrpc.ConsumerServiceImplBase() {
          @Override
          public void subscribe(SubscribeRequest request, StreamObserver<SubscribeResponse> out) {
            long start = request.getStart().getOffset();
            synchronized (starts) {
              starts.add(start);
            }
            if (start >= 6) {
              out.onNext(
                  SubscribeResponse.newBuilder()
                      .setProgress(SubscribeProgress.newBuilder().setNextOffset(6).setDone(true))
                      .build());
              out.onCompleted();
              return;
            }
            out.onNext(
                SubscribeResponse.newBuilder()
                    .setRecords(
                        SubscribedRecords.newBuilder()
                            .addBatches(stored(start, "x", "y"))
                            .setNextOffset(start + 2))
                    .build());
            out.onError(Status.UNAVAILABLE.withDescription("cut").asRuntimeException());
          }
        };
    try (var server = new ScriptedServer(service);
        var client = client(server, Duration.ofSeconds(10));
        var subscription = client.subscribe("t", List.of(new Stretch(0, 0, 7)))) {
      List<Long> offsets = new ArrayList<>();
      while (!subscription.isDone()) {
        var chunk = subscription.poll(Duration.ofSeconds(5));
        if (chunk != null) {
          chunk.records().forEach(record -> offsets.add(record.offset()));
        }
      }
      assertThat(offsets).containsExactly(0L, 1L, 2L, 3L, 4L, 5L);
      assertThat(starts).containsExactly(0L, 2L, 4L, 6L);
    }
  }

  @Test
  void aSubscriptionThatIsAskedToGoCarriesOnElsewhereWhereItWas() throws Exception {
    List<Long> starts = new CopyOnWriteArrayList<>();
    var next =
        new ConsumerServiceGrpc.ConsumerServiceImplBase() {
          @Override
          public void subscribe(SubscribeRequest request, StreamObserver<SubscribeResponse> out) {
            long start = request.getStart().getOffset();
            starts.add(start);
            out.onNext(records(start, "c"));
          }
        };
    try (var nextServer = new ScriptedServer(next)) {
      var left =
          new ConsumerServiceGrpc.ConsumerServiceImplBase() {
            @Override
            public void subscribe(SubscribeRequest request, StreamObserver<SubscribeResponse> out) {
              out.onNext(records(request.getStart().getOffset(), "a", "b"));
              var asked = GoingAway.newBuilder().addEndpoints(nextServer.address().toString());
              out.onNext(SubscribeResponse.newBuilder().setGoingAway(asked).build());
            }
          };
      try (var leftServer = new ScriptedServer(left);
          var client =
              AlmadiaClient.connect(
                  List.of(leftServer.address(), nextServer.address()), Duration.ofSeconds(10));
          var subscription = client.subscribe("t", List.of(new Stretch(0, 5, 8)))) {
        List<Long> offsets = new ArrayList<>();
        while (!subscription.isDone()) {
          var chunk = subscription.poll(Duration.ofSeconds(5));
          assertThat(chunk).isNotNull();
          chunk.records().forEach(record -> offsets.add(record.offset()));
        }
        assertThat(offsets).containsExactly(5L, 6L, 7L);
        assertThat(starts).containsExactly(7L);
      }
    }
  }

  private static SubscribeResponse records(long start, String... values) {
    return SubscribeResponse.newBuilder()
        .setRecords(
            SubscribedRecords.newBuilder()
                .addBatches(stored(start, values))
                .setNextOffset(start + values.length))
        .build();
  }

  @Test
  void aSubscriptionNeverJumpsOverLostRecords() throws Exception {
    var service =
        new ConsumerServiceGrpc.ConsumerServiceImplBase() {
          @Override
          public void subscribe(SubscribeRequest request, StreamObserver<SubscribeResponse> out) {
            out.onError(
                ScriptedServer.error(
                    ErrorReason.ERROR_REASON_OFFSET_OUT_OF_RANGE,
                    "offset 0 is below the log start 10",
                    Map.of("lost_records", "10")));
          }
        };
    try (var server = new ScriptedServer(service);
        var client = client(server, Duration.ofSeconds(10));
        var subscription = client.subscribe("t", List.of(new Stretch(0, 0, Stretch.NO_END)))) {
      assertThatThrownBy(() -> subscription.poll(Duration.ofSeconds(5)))
          .isInstanceOfSatisfying(
              AlmadiaException.class,
              e -> assertThat(e.metadata()).containsEntry("lost_records", "10"));
    }
  }

  @Test
  void addressesAreChecked() {
    assertThat(HostAndPort.parseList("a:1, [::1]:9400")).hasSize(2);
    for (String bad : List.of("", "a", "a:", "a:0", "a:70000", ":1", "::1:9400", "a:1,")) {
      assertThatThrownBy(() -> HostAndPort.parseList(bad))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("host:port");
    }
  }
}
