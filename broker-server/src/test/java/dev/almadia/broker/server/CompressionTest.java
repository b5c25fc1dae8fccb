// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.github.luben.zstd.ZstdOutputStream;
import com.google.protobuf.ByteString;
import com.google.protobuf.FieldMask;
import dev.almadia.broker.core.record.Murmur2;
import dev.almadia.broker.server.grpc.Statuses;
import dev.almadia.codec.Codecs;
import dev.almadia.v1.ClusterServiceGrpc;
import dev.almadia.v1.Codec;
import dev.almadia.v1.CompressedRecords;
import dev.almadia.v1.ConsumerServiceGrpc;
import dev.almadia.v1.FetchRequest;
import dev.almadia.v1.FetchResponse;
import dev.almadia.v1.GetServerInfoRequest;
import dev.almadia.v1.PartitionResult;
import dev.almadia.v1.Position;
import dev.almadia.v1.ProduceRequest;
import dev.almadia.v1.ProduceStreamBatch;
import dev.almadia.v1.ProduceStreamOpen;
import dev.almadia.v1.ProduceStreamRequest;
import dev.almadia.v1.ProduceStreamResponse;
import dev.almadia.v1.ProducerServiceGrpc;
import dev.almadia.v1.Record;
import dev.almadia.v1.RecordBatch;
import dev.almadia.v1.RecordSet;
import dev.almadia.v1.ResolveOffsetsRequest;
import dev.almadia.v1.StoredBatch;
import dev.almadia.v1.SubscribeRequest;
import dev.almadia.v1.SubscribeResponse;
import dev.almadia.v1.Topic;
import dev.almadia.v1.TopicCompression;
import dev.almadia.v1.TopicConfig;
import dev.almadia.v1.TopicServiceGrpc;
import dev.almadia.v1.UpdateTopicRequest;
import io.grpc.Channel;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Compressed batches through three real brokers and generated stubs. */
class CompressionTest {
  private static final List<Codec> CODECS =
      List.of(Codec.CODEC_GZIP, Codec.CODEC_LZ4, Codec.CODEC_ZSTD);

  @TempDir private static Path folder;
  private static TestCluster cluster;

  @BeforeAll
  static void start() throws Exception {
    cluster = new TestCluster(folder, 3).startAll();
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @ParameterizedTest
  @EnumSource(names = {"CODEC_GZIP", "CODEC_LZ4", "CODEC_ZSTD"})
  void aBatchGoesOutAsItCameToThoseWhoAcceptItAndPlainToAllOthers(Codec codec) {
    String topic = "round-" + codec.getNumber();
    BrokerClusterTest.createTopic(channel(1), topic, 1);
    List<RecordBatch> came = new ArrayList<>();
    for (int broker = 1; broker <= 3; broker++) {
      // Both a short one, checked at once, and a long one.
      for (int values : new int[] {3, 2_000}) {
        RecordBatch batch = compressed(codec, records(broker * 10_000, values));
        came.add(batch);
        assertThat(result(broker, topic, batch).getRecordCount()).isEqualTo(values);
      }
    }

    for (int broker = 1; broker <= 3; broker++) {
      FetchResponse asStored = fetch(broker, topic, at(0, topic).addAcceptCodecs(codec));
      assertThat(asStored.getBatchesList())
          .extracting(StoredBatch::getCompressed)
          .containsExactlyElementsOf(came.stream().map(RecordBatch::getCompressed).toList());
      FetchResponse plain = fetch(broker, topic, at(0, topic));
      assertThat(values(plain)).isEqualTo(values(asStored)).hasSize(6_009);
      assertThat(plain.getBatchesList()).allMatch(StoredBatch::hasRecords);
      assertThat(plain.getNextOffset()).isEqualTo(6_009);
      assertThat(plain.getBatchesList()).allSatisfy(CompressionTest::hasSoundChecksum);
      assertThat(asStored.getBatchesList()).allSatisfy(CompressionTest::hasSoundChecksum);
      FetchResponse other =
          fetch(broker, topic, at(0, topic).addAcceptCodecs(CODECS.get(codec.getNumber() % 3)));
      assertThat(other.getBatchesList()).allMatch(StoredBatch::hasRecords);
    }
  }

  @Test
  void readersBeginAndEndWhereTheyWantAndOnlyWholeBatchesGoOutCompressed() {
    BrokerClusterTest.createTopic(channel(1), "middle", 1);
    for (Codec codec : CODECS) {
      result(1, "middle", compressed(codec, records(0, 100)));
    }

    FetchResponse middle = fetch(2, "middle", at(150, "middle").setMaxRecords(3));
    FetchResponse small = fetch(2, "middle", at(99, "middle").setMaxBytes(1));
    FetchResponse partly =
        fetch(2, "middle", at(150, "middle").setMaxRecords(150).addAllAcceptCodecs(CODECS));
    FetchResponse whole =
        fetch(2, "middle", at(100, "middle").setMaxRecords(100).addAllAcceptCodecs(CODECS));

    assertThat(values(middle)).containsExactly("v50", "v51", "v52");
    assertThat(middle.getBatches(0).getFirstOffset()).isEqualTo(150);
    assertThat(middle.getNextOffset()).isEqualTo(153);
    assertThat(values(small)).containsExactly("v99");
    assertThat(values(partly)).hasSize(150).startsWith("v50").endsWith("v99");
    assertThat(partly.getBatchesList())
        .extracting(StoredBatch::hasCompressed)
        .containsExactly(false, true);
    assertThat(whole.getBatchesList()).extracting(StoredBatch::hasCompressed).containsExactly(true);
    assertThat(whole.getNextOffset()).isEqualTo(200);
    List<String> all = new ArrayList<>();
    for (long offset = 0; offset < 300; ) {
      FetchResponse next = fetch(1, "middle", at(offset, "middle").setMaxBytes(300));
      all.addAll(values(next));
      offset = next.getNextOffset();
    }
    assertThat(all).hasSize(300).startsWith("v0", "v1").endsWith("v98", "v99");
  }

  @Test
  void subscriptionsAndTimesSeeTheRecordsInside() {
    BrokerClusterTest.createTopic(channel(1), "seen", 1);
    for (Codec codec : CODECS) {
      result(3, "seen", compressed(codec, records(1000 * codec.getNumber(), 1_000)));
    }

    for (List<Codec> accepted : List.of(List.<Codec>of(), CODECS)) {
      Iterator<SubscribeResponse> stream =
          ConsumerServiceGrpc.newBlockingStub(channel(1))
              .withDeadlineAfter(20, TimeUnit.SECONDS)
              .subscribe(
                  SubscribeRequest.newBuilder()
                      .setTopic("seen")
                      .setStart(Position.newBuilder().setOffset(500))
                      .setStop(Position.newBuilder().setOffset(2_500))
                      .addAllAcceptCodecs(accepted)
                      .build());
      List<String> values = new ArrayList<>();
      List<StoredBatch> batches = new ArrayList<>();
      stream.forEachRemaining(message -> batches.addAll(message.getRecords().getBatchesList()));
      batches.forEach(batch -> values.addAll(valuesOf(batch)));
      assertThat(values).hasSize(2_000).startsWith("v500").endsWith("v499");
      assertThat(batches.stream().filter(StoredBatch::hasCompressed).count())
          .isEqualTo(accepted.isEmpty() ? 0 : 1);
    }
    assertThat(
            ConsumerServiceGrpc.newBlockingStub(channel(2))
                .resolveOffsets(
                    ResolveOffsetsRequest.newBuilder()
                        .setTopic("seen")
                        .setPosition(Position.newBuilder().setTimestampMs(2_345))
                        .build())
                .getOffsets(0)
                .getOffset())
        .isEqualTo(1_344);
  }

  @Test
  void aStreamAcknowledgesCompressedAndPlainBatchesInOrder() throws Exception {
    BrokerClusterTest.createTopic(channel(1), "stream", 1);
    BlockingQueue<Object> heard = new LinkedBlockingQueue<>();
    StreamObserver<ProduceStreamRequest> stream = open("stream", heard);
    List<String> sent = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      RecordSet set = records(i * 5_000, 1 + (i * 67) % 2_000);
      set.getRecordsList().forEach(record -> sent.add(record.getValue().toStringUtf8()));
      RecordBatch batch =
          i % 4 == 3
              ? RecordBatch.newBuilder().setRecords(set).build()
              : compressed(CODECS.get(i % 4), set);
      stream.onNext(
          ProduceStreamRequest.newBuilder()
              .setBatch(
                  ProduceStreamBatch.newBuilder().setBatchId(i + 1).setPartition(0).setBatch(batch))
              .build());
    }
    // Behind the last check, which may still be under way.
    stream.onCompleted();

    long offset = 0;
    for (int i = 1; i <= 60; i++) {
      ProduceStreamResponse ack = (ProduceStreamResponse) heard.poll(20, TimeUnit.SECONDS);
      assertThat(ack.getAck().getBatchId()).isEqualTo(i);
      assertThat(ack.getAck().getResults(0).getFirstOffset()).isEqualTo(offset);
      offset += ack.getAck().getResults(0).getRecordCount();
    }
    assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("completed");
    List<String> stored = new ArrayList<>();
    for (long at = 0; at < offset; ) {
      FetchResponse next = fetch(1, "stream", at(at, "stream"));
      stored.addAll(values(next));
      at = next.getNextOffset();
    }
    assertThat(stored).isEqualTo(sent);
  }

  @Test
  void partsByKeyStayCompressed() {
    BrokerClusterTest.createTopic(channel(1), "keys", 4);
    for (Codec codec : CODECS) {
      for (int count : new int[] {20, 3_000}) {
        RecordSet.Builder set = RecordSet.newBuilder();
        IntStream.range(0, count)
            .forEach(
                i ->
                    set.addRecords(
                        Record.newBuilder().setKey(utf8("k" + i % 11)).setValue(utf8("v" + i))));
        List<PartitionResult> results =
            ProducerServiceGrpc.newBlockingStub(channel(2))
                .produce(
                    ProduceRequest.newBuilder()
                        .setTopic("keys")
                        .setBatch(compressed(codec, set.build()))
                        .build())
                .getResultsList();

        int seen = 0;
        for (PartitionResult result : results) {
          FetchResponse part =
              fetch(
                  3,
                  "keys",
                  at(result.getFirstOffset(), "keys")
                      .setPartition(result.getPartition())
                      .addAcceptCodecs(codec));
          assertThat(part.getBatches(0).getCompressed().getCodec()).isEqualTo(codec);
          assertThat(values(part))
              .isEqualTo(result.getRecordIndexesList().stream().map(i -> "v" + i).toList());
          seen += result.getRecordCount();
          for (int index : result.getRecordIndexesList()) {
            byte[] key = set.getRecords(index).getKey().toByteArray();
            assertThat(Murmur2.partition(key, 0, key.length, 4)).isEqualTo(result.getPartition());
          }
        }
        assertThat(seen).isEqualTo(count);
      }
    }
  }

  @Test
  void theSettingIsChangedWhileTheTopicIsUsed() {
    BrokerClusterTest.createTopic(channel(1), "rule", 1);
    assertThat(topic("rule").getConfig().getCompression())
        .isEqualTo(TopicCompression.TOPIC_COMPRESSION_ANY);
    result(1, "rule", plain("first"));

    setCompression("rule", TopicCompression.TOPIC_COMPRESSION_ZSTD);

    assertThat(topic("rule").getConfig().getCompression())
        .isEqualTo(TopicCompression.TOPIC_COMPRESSION_ZSTD);
    assertThat(topic("rule").getConfig().getMaxBatchBytes()).isEqualTo(1 << 20);
    int leader = BrokerClusterTest.partition(channel(1), "rule", 0).getLeaderBrokerId();
    assertThat(reason(leader, "rule", plain("x")))
        .isEqualTo("FAILED_PRECONDITION CODEC_NOT_ALLOWED");
    assertThat(reason(leader, "rule", compressed(Codec.CODEC_LZ4, records(0, 1))))
        .isEqualTo("FAILED_PRECONDITION CODEC_NOT_ALLOWED");
    assertThat(result(leader, "rule", compressed(Codec.CODEC_ZSTD, records(0, 1))).getFirstOffset())
        .isEqualTo(1);
    setCompression("rule", TopicCompression.TOPIC_COMPRESSION_NONE);
    assertThat(reason(leader, "rule", compressed(Codec.CODEC_ZSTD, records(0, 1))))
        .isEqualTo("FAILED_PRECONDITION CODEC_NOT_ALLOWED");
    assertThat(result(leader, "rule", plain("last")).getFirstOffset()).isEqualTo(2);
    assertThat(values(fetch(1, "rule", at(0, "rule")))).containsExactly("first", "v0", "last");
  }

  @Test
  void whatLiesIsRefusedOnTheWireAndHarmsNothing() throws Exception {
    BrokerClusterTest.createTopic(channel(1), "lies", 1);
    for (Codec codec : CODECS) {
      CompressedRecords good = compressed(codec, records(0, 3_000)).getCompressed();
      byte[] data = good.getData().toByteArray();
      byte[] twice = Arrays.copyOf(data, 2 * data.length);
      System.arraycopy(data, 0, twice, data.length, data.length);
      for (int broker = 1; broker <= 3; broker++) {
        assertThat(lie(broker, good.toBuilder().setRecordCount(2_999)))
            .isEqualTo("INVALID_ARGUMENT COUNT_MISMATCH");
        assertThat(lie(broker, good.toBuilder().setUncompressedBytes(1 << 20)))
            .isEqualTo("INVALID_ARGUMENT SIZE_MISMATCH");
        assertThat(lie(broker, good.toBuilder().setUncompressedBytes(100)))
            .isEqualTo("INVALID_ARGUMENT SIZE_MISMATCH");
        assertThat(lie(broker, good.toBuilder().setUncompressedBytes((1 << 20) + 1)))
            .isEqualTo("INVALID_ARGUMENT BATCH_TOO_LARGE");
        assertThat(lie(broker, good.toBuilder().setData(ByteString.copyFrom(twice))))
            .isEqualTo("INVALID_ARGUMENT MALFORMED_RECORDS");
        assertThat(lie(broker, good.toBuilder().setData(good.getData().substring(0, 50))))
            .isEqualTo("INVALID_ARGUMENT MALFORMED_RECORDS");
        assertThat(lie(broker, good.toBuilder().setCodecValue(42)))
            .isEqualTo("INVALID_ARGUMENT INVALID_ARGUMENT");
      }
      assertThat(
              reason(1, "lies", RecordBatch.newBuilder().setCompressed(good).setCrc32C(1).build()))
          .isEqualTo("INVALID_ARGUMENT CHECKSUM_MISMATCH");
    }
    assertThat(fetch(1, "lies", at(0, "lies")).getHighWatermark()).isZero();
  }

  @Test
  void aGibibyteOfZerosIsRefusedUnaryAndOnAStream() throws Exception {
    BrokerClusterTest.createTopic(channel(1), "bomb", 2);
    CompressedRecords.Builder bomb =
        CompressedRecords.newBuilder()
            .setCodec(Codec.CODEC_ZSTD)
            .setData(ByteString.copyFrom(zeros(1L << 30)))
            .setRecordCount(1);
    RecordBatch honest = batch(bomb.setUncompressedBytes(1L << 30));
    RecordBatch lying = batch(bomb.setUncompressedBytes(1 << 20));

    assertThat(reason(1, "bomb", honest)).isEqualTo("INVALID_ARGUMENT BATCH_TOO_LARGE");
    for (int round = 0; round < 50; round++) {
      assertThat(reason(1 + round % 3, "bomb", lying)).isEqualTo("INVALID_ARGUMENT SIZE_MISMATCH");
    }
    ProduceRequest routed = ProduceRequest.newBuilder().setTopic("bomb").setBatch(lying).build();
    assertThat(reason(() -> ProducerServiceGrpc.newBlockingStub(channel(1)).produce(routed)))
        .isEqualTo("INVALID_ARGUMENT SIZE_MISMATCH");
    BlockingQueue<Object> heard = new LinkedBlockingQueue<>();
    open("bomb", heard)
        .onNext(
            ProduceStreamRequest.newBuilder()
                .setBatch(ProduceStreamBatch.newBuilder().setBatchId(7).setBatch(lying))
                .build());
    StatusRuntimeException ended = (StatusRuntimeException) heard.poll(20, TimeUnit.SECONDS);
    assertThat(Statuses.errorOf(ended).metadata()).containsEntry("batch_id", "7");
    assertThat(Statuses.errorOf(ended).reason().name()).endsWith("SIZE_MISMATCH");
    assertThat(result(1, "bomb", plain("well")).getFirstOffset()).isZero();
  }

  @Test
  void theFeatureIsListed() {
    assertThat(
            ClusterServiceGrpc.newBlockingStub(channel(1))
                .getServerInfo(GetServerInfoRequest.getDefaultInstance())
                .getFeaturesList())
        .contains("compression");
  }

  /** A cluster of its own, which is killed and started again. */
  @Test
  void compressedBatchesSurviveTheEndOfAllBrokersAndAllReplicasAreEqual(@TempDir Path other)
      throws Exception {
    try (TestCluster restarted = new TestCluster(other, 3).startAll()) {
      BrokerClusterTest.createTopic(restarted.channel(1), "kept", 1);
      for (Codec codec : CODECS) {
        assertThat(
                ProducerServiceGrpc.newBlockingStub(restarted.channel(1))
                    .produce(request("kept", compressed(codec, records(0, 2_000))))
                    .getResultsCount())
            .isEqualTo(1);
      }
      restarted.running().forEach(restarted::kill);
      restarted.startAll();

      List<String> expected =
          Stream.of(0, 1, 2)
              .flatMap(i -> IntStream.range(0, 2_000).mapToObj(n -> "v" + n))
              .toList();
      assertThat(BrokerClusterTest.fetch(restarted.channel(2), "kept", 0)).isEqualTo(expected);
      BrokerClusterTest.awaitEqual(restarted.channel(3), "kept", 0, 6_000);
    }
  }

  private static Channel channel(int broker) {
    return cluster.channel(broker);
  }

  private static ByteString utf8(String text) {
    return ByteString.copyFromUtf8(text);
  }

  /** Values v0, v1 and so on; times from the first on. */
  private static RecordSet records(int firstTimeMs, int count) {
    RecordSet.Builder set = RecordSet.newBuilder();
    Random random = new Random(count);
    for (int i = 0; i < count; i++) {
      set.addRecords(
          Record.newBuilder()
              .setKey(utf8("key-" + random.nextInt(1_000_000)))
              .setValue(utf8("v" + i))
              .setTimestampMs(firstTimeMs + i + 1L));
    }
    return set.build();
  }

  private static RecordBatch plain(String value) {
    return RecordBatch.newBuilder()
        .setRecords(RecordSet.newBuilder().addRecords(Record.newBuilder().setValue(utf8(value))))
        .build();
  }

  private static RecordBatch compressed(Codec codec, RecordSet set) {
    byte[] bytes = set.toByteArray();
    return batch(
        CompressedRecords.newBuilder()
            .setCodec(codec)
            .setData(ByteString.copyFrom(Codecs.compress(codec, bytes, 0, bytes.length)))
            .setRecordCount(set.getRecordsCount())
            .setUncompressedBytes(bytes.length));
  }

  private static RecordBatch batch(CompressedRecords.Builder records) {
    return RecordBatch.newBuilder().setCompressed(records).build();
  }

  private static ProduceRequest request(String topic, RecordBatch batch) {
    return ProduceRequest.newBuilder().setTopic(topic).setPartition(0).setBatch(batch).build();
  }

  private static PartitionResult result(int broker, String topic, RecordBatch batch) {
    return ProducerServiceGrpc.newBlockingStub(channel(broker))
        .withDeadlineAfter(20, TimeUnit.SECONDS)
        .produce(request(topic, batch))
        .getResults(0);
  }

  private static String lie(int broker, CompressedRecords.Builder records) {
    return reason(broker, "lies", batch(records));
  }

  private static String reason(int broker, String topic, RecordBatch batch) {
    return reason(() -> result(broker, topic, batch));
  }

  private static String reason(Runnable call) {
    StatusRuntimeException thrown = catchThrowableOfType(StatusRuntimeException.class, call::run);
    return thrown.getStatus().getCode()
        + " "
        + Statuses.errorOf(thrown).reason().name().replace("ERROR_REASON_", "");
  }

  private static FetchRequest.Builder at(long offset, String topic) {
    return FetchRequest.newBuilder()
        .setTopic(topic)
        .setPosition(Position.newBuilder().setOffset(offset));
  }

  private static FetchResponse fetch(int broker, String topic, FetchRequest.Builder request) {
    return ConsumerServiceGrpc.newBlockingStub(channel(broker))
        .withDeadlineAfter(20, TimeUnit.SECONDS)
        .fetch(request.setTopic(topic).build());
  }

  private static List<String> values(FetchResponse response) {
    return response.getBatchesList().stream().flatMap(batch -> valuesOf(batch).stream()).toList();
  }

  private static List<String> valuesOf(StoredBatch batch) {
    return set(batch).getRecordsList().stream()
        .map(record -> record.getValue().toStringUtf8())
        .toList();
  }

  private static RecordSet set(StoredBatch batch) {
    if (!batch.hasCompressed()) {
      return batch.getRecords();
    }
    CompressedRecords records = batch.getCompressed();
    byte[] data = records.getData().toByteArray();
    try {
      return RecordSet.parseFrom(
          Codecs.inflate(
              records.getCodec(), data, 0, data.length, (int) records.getUncompressedBytes()));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static void hasSoundChecksum(StoredBatch batch) {
    java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
    crc.update(
        batch.hasCompressed()
            ? batch.getCompressed().getData().toByteArray()
            : batch.getRecords().toByteArray());
    assertThat((int) crc.getValue()).isEqualTo(batch.getCrc32C());
  }

  private static Topic topic(String name) {
    return TopicServiceGrpc.newBlockingStub(channel(1))
        .getTopic(dev.almadia.v1.GetTopicRequest.newBuilder().setTopic(name).build())
        .getTopic();
  }

  /** Through the leader, so that it knows when the call returns. */
  private static void setCompression(String topic, TopicCompression compression) {
    for (int broker = 1; broker <= 3; broker++) {
      var unused =
          TopicServiceGrpc.newBlockingStub(channel(broker))
              .updateTopic(
                  UpdateTopicRequest.newBuilder()
                      .setTopic(
                          Topic.newBuilder()
                              .setTopic(topic)
                              .setConfig(TopicConfig.newBuilder().setCompression(compression)))
                      .setUpdateMask(FieldMask.newBuilder().addPaths("config.compression"))
                      .build());
    }
  }

  private static StreamObserver<ProduceStreamRequest> open(
      String topic, BlockingQueue<Object> heard) throws InterruptedException {
    StreamObserver<ProduceStreamRequest> stream =
        ProducerServiceGrpc.newStub(channel(1))
            .produceStream(
                new StreamObserver<>() {
                  @Override
                  public void onNext(ProduceStreamResponse message) {
                    heard.add(message);
                  }

                  @Override
                  public void onError(Throwable thrown) {
                    heard.add(thrown);
                  }

                  @Override
                  public void onCompleted() {
                    heard.add("completed");
                  }
                });
    stream.onNext(
        ProduceStreamRequest.newBuilder()
            .setOpen(ProduceStreamOpen.newBuilder().setTopic(topic))
            .build());
    ProduceStreamResponse opened = (ProduceStreamResponse) heard.poll(20, TimeUnit.SECONDS);
    assertThat(opened.hasOpened()).isTrue();
    return stream;
  }

  private static byte[] zeros(long count) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] block = new byte[1 << 20];
    try (ZstdOutputStream out = new ZstdOutputStream(bytes)) {
      for (long written = 0; written < count; written += block.length) {
        out.write(block);
      }
    }
    return bytes.toByteArray();
  }
}
