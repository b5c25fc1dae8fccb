// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.FieldMask;
import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.server.grpc.Statuses;
import dev.almadia.codec.Codecs;
import dev.almadia.v1.Codec;
import dev.almadia.v1.CompressedRecords;
import dev.almadia.v1.CreateTopicRequest;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.GetTopicRequest;
import dev.almadia.v1.PartitionResult;
import dev.almadia.v1.ProduceRequest;
import dev.almadia.v1.ProduceResponse;
import dev.almadia.v1.ProduceStreamBatch;
import dev.almadia.v1.ProduceStreamOpen;
import dev.almadia.v1.ProduceStreamRequest;
import dev.almadia.v1.ProduceStreamResponse;
import dev.almadia.v1.ProducerServiceGrpc;
import dev.almadia.v1.Record;
import dev.almadia.v1.RecordBatch;
import dev.almadia.v1.RecordSet;
import dev.almadia.v1.Topic;
import dev.almadia.v1.TopicConfig;
import dev.almadia.v1.TopicServiceGrpc;
import dev.almadia.v1.UpdateTopicRequest;
import dev.almadia.v1.WriteOutcome;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Records that are known by their ids, seen through generated stubs only. */
class RecordIdTest {
  private static final long HOUR_MS = 3_600_000;
  private static final WriteOutcome APPLIED = WriteOutcome.WRITE_OUTCOME_APPLIED;
  private static final WriteOutcome DUPLICATE = WriteOutcome.WRITE_OUTCOME_DUPLICATE;

  @TempDir Path folder;

  private static void create(TestCluster cluster, String topic, int partitions, long windowMs) {
    var unused =
        TopicServiceGrpc.newBlockingStub(cluster.channel(1))
            .withDeadlineAfter(15, TimeUnit.SECONDS)
            .createTopic(
                CreateTopicRequest.newBuilder()
                    .setTopic(
                        Topic.newBuilder()
                            .setTopic(topic)
                            .setPartitions(partitions)
                            .setConfig(TopicConfig.newBuilder().setDedupWindowMs(windowMs)))
                    .build());
  }

  private static void alter(TestCluster cluster, String topic, long windowMs) {
    var unused =
        TopicServiceGrpc.newBlockingStub(cluster.channel(1))
            .withDeadlineAfter(15, TimeUnit.SECONDS)
            .updateTopic(
                UpdateTopicRequest.newBuilder()
                    .setTopic(
                        Topic.newBuilder()
                            .setTopic(topic)
                            .setConfig(TopicConfig.newBuilder().setDedupWindowMs(windowMs)))
                    .setUpdateMask(FieldMask.newBuilder().addPaths("config.dedup_window_ms"))
                    .build());
  }

  /** Records whose ids are these, and their values the same; those that begin with - have no id. */
  private static RecordSet records(String... texts) {
    RecordSet.Builder records = RecordSet.newBuilder();
    for (String text : texts) {
      Record.Builder record = Record.newBuilder().setValue(ByteString.copyFromUtf8(text));
      if (!text.startsWith("-")) {
        record.setRecordId(ByteString.copyFromUtf8(text));
      }
      records.addRecords(record);
    }
    return records.build();
  }

  private static ProduceRequest.Builder request(String topic, String... texts) {
    return ProduceRequest.newBuilder()
        .setTopic(topic)
        .setPartition(0)
        .setBatch(RecordBatch.newBuilder().setRecords(records(texts)));
  }

  private static ProduceRequest.Builder compressed(String topic, Codec codec, String... texts) {
    RecordSet set = records(texts);
    byte[] bytes = set.toByteArray();
    return request(topic)
        .setBatch(
            RecordBatch.newBuilder()
                .setCompressed(
                    CompressedRecords.newBuilder()
                        .setCodec(codec)
                        .setData(
                            ByteString.copyFrom(Codecs.compress(codec, bytes, 0, bytes.length)))
                        .setRecordCount(set.getRecordsCount())
                        .setUncompressedBytes(bytes.length)));
  }

  private static List<PartitionResult> produce(
      TestCluster cluster, int broker, ProduceRequest.Builder request) {
    ProduceResponse response =
        ProducerServiceGrpc.newBlockingStub(cluster.channel(broker))
            .withDeadlineAfter(20, TimeUnit.SECONDS)
            .produce(request.build());
    return response.getResultsList();
  }

  /** The offsets are given where they do not follow the first one. */
  private static void assertOne(
      List<PartitionResult> results,
      WriteOutcome outcome,
      long offset,
      int count,
      long... offsets) {
    assertThat(results).hasSize(1);
    assertThat(results.get(0).getOutcome()).isEqualTo(outcome);
    assertThat(results.get(0).getFirstOffset()).isEqualTo(offset);
    assertThat(results.get(0).getRecordCount()).isEqualTo(count);
    assertThat(results.get(0).getRecordOffsetsList())
        .containsExactly(Arrays.stream(offsets).boxed().toArray(Long[]::new));
  }

  /** What became of each record, such as "0 new" or "3 known". */
  private static List<String> each(List<PartitionResult> results, int count) {
    List<String> each = new ArrayList<>();
    for (int record = 0; record < count; record++) {
      each.add("");
    }
    for (PartitionResult result : results) {
      boolean isWhole = result.getRecordIndexesCount() == 0;
      assertThat(result.getRecordCount())
          .isEqualTo(isWhole ? count : result.getRecordIndexesCount());
      for (int i = 0; i < result.getRecordCount(); i++) {
        long offset =
            result.getRecordOffsetsCount() > 0
                ? result.getRecordOffsets(i)
                : result.getFirstOffset() + i;
        String what = result.getOutcome() == APPLIED ? "new" : "known";
        each.set(isWhole ? i : result.getRecordIndexes(i), offset + " " + what);
      }
    }
    return each;
  }

  private static List<String> values(TestCluster cluster, int broker, String topic, int partition) {
    return BrokerClusterTest.fetch(cluster.channel(broker), topic, partition);
  }

  private static int leader(TestCluster cluster, String topic) {
    return BrokerClusterTest.partition(cluster.channel(cluster.running().get(0)), topic, 0)
        .getLeaderBrokerId();
  }

  @Test
  void whatIsSentAgainIsThereOnceWhoeverIsAskedAndWhoeverLeads() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3).startAll()) {
      create(cluster, "ids", 1, HOUR_MS);
      assertOne(produce(cluster, 1, request("ids", "a", "b")), APPLIED, 0, 2);
      assertOne(produce(cluster, 2, request("ids", "-x")), APPLIED, 2, 1);
      assertOne(produce(cluster, 3, request("ids", "c")), APPLIED, 3, 1);
      for (int broker = 1; broker <= 3; broker++) {
        assertOne(produce(cluster, broker, request("ids", "a", "b")), DUPLICATE, 0, 2);
        assertThat(each(produce(cluster, broker, request("ids", "c", "a", "b")), 3))
            .containsExactly("3 known", "0 known", "1 known");
      }
      assertOne(produce(cluster, 1, request("ids", "-x")), APPLIED, 4, 1);

      cluster.kill(leader(cluster, "ids"));
      int other = cluster.running().get(0);
      assertOne(produce(cluster, other, request("ids", "b")), DUPLICATE, 1, 1);
      assertOne(produce(cluster, other, request("ids", "d")), APPLIED, 5, 1);

      cluster.running().forEach(cluster::kill);
      cluster.startAll();
      assertThat(each(produce(cluster, 2, request("ids", "d", "e", "a")), 3))
          .containsExactly("5 known", "6 new", "0 known");
      assertThat(values(cluster, 1, "ids", 0)).containsExactly("a", "b", "-x", "c", "-x", "d", "e");
    }
  }

  @Test
  void ofABatchThatIsPartlyKnownOnlyTheRestIsAppendedInWhateverCodec() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3).startAll()) {
      create(cluster, "ids", 1, HOUR_MS);
      List<String> expected = new ArrayList<>(List.of("a", "b"));
      assertOne(produce(cluster, 1, request("ids", "a", "b")), APPLIED, 0, 2);
      assertThat(each(produce(cluster, 1, request("ids", "p", "b", "-p", "p", "q", "a")), 6))
          .containsExactly("2 new", "1 known", "3 new", "2 known", "4 new", "0 known");
      expected.addAll(List.of("p", "-p", "q"));
      long next = 5;
      for (Codec codec : List.of(Codec.CODEC_GZIP, Codec.CODEC_LZ4, Codec.CODEC_ZSTD)) {
        String n = codec.name();
        for (int broker = 1; broker <= 3; broker++) {
          String x = n + broker;
          String[] batch = {"a", x, "-" + x, "b", x, x + "y"};
          assertThat(each(produce(cluster, broker, compressed("ids", codec, batch)), 6))
              .containsExactly(
                  "0 known",
                  next + " new",
                  next + 1 + " new",
                  "1 known",
                  next + " known",
                  next + 2 + " new");
          expected.addAll(List.of(x, "-" + x, x + "y"));
          next += 3;
        }
      }
      assertThat(values(cluster, 2, "ids", 0)).containsExactlyElementsOf(expected);
      // An expected offset is that of what is new; what is there is there whatever is expected.
      assertOne(
          produce(cluster, 1, request("ids", "a", "b").setExpectedNextOffset(1)), DUPLICATE, 0, 2);
      assertThat(
              each(produce(cluster, 2, request("ids", "a", "new").setExpectedNextOffset(next)), 2))
          .containsExactly("0 known", next + " new");
      refused(
          cluster,
          request("ids", "a", "newer").setExpectedNextOffset(next),
          ErrorReason.ERROR_REASON_EXPECTED_OFFSET_MISMATCH,
          Status.Code.ABORTED);
    }
  }

  @Test
  void manyThatSendTheSameAtOnceAreAnsweredAlike() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3).startAll()) {
      create(cluster, "ids", 1, HOUR_MS);
      for (int round = 0; round < 6; round++) {
        String a = "a" + round;
        String b = "b" + round;
        List<CompletableFuture<List<String>>> answers = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
          int broker = 1 + i % 3;
          boolean both = i % 2 == 0;
          answers.add(
              CompletableFuture.supplyAsync(
                  () ->
                      both
                          ? each(produce(cluster, broker, request("ids", a, b)), 2)
                          : each(produce(cluster, broker, request("ids", b, a)), 2)));
        }
        List<String> heard = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
          List<String> each = answers.get(i).get(30, TimeUnit.SECONDS);
          heard.add("a " + each.get(i % 2 == 0 ? 0 : 1));
          heard.add("b " + each.get(i % 2 == 0 ? 1 : 0));
        }
        assertThat(heard.stream().filter(one -> one.endsWith("new"))).hasSize(2);
        assertThat(heard.stream().map(one -> one.replace("new", "known")).distinct()).hasSize(2);
      }
      assertThat(values(cluster, 1, "ids", 0)).hasSize(12).doesNotHaveDuplicates();
    }
  }

  @Test
  void recordsWithoutAKeyGoByTheirIdAndFindTheirOriginals() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 1).startAll()) {
      create(cluster, "ids", 5, HOUR_MS);
      String[] texts = new String[30];
      for (int i = 0; i < texts.length; i++) {
        texts[i] = "i" + i;
      }
      List<PartitionResult> first = produce(cluster, 1, request("ids", texts).clearPartition());
      assertThat(first).hasSize(5);
      List<PartitionResult> again = produce(cluster, 1, request("ids", texts).clearPartition());
      for (int i = 0; i < first.size(); i++) {
        PartitionResult result = again.get(i);
        assertThat(result.getOutcome()).isEqualTo(DUPLICATE);
        assertThat(result.getRecordIndexesList()).isEqualTo(first.get(i).getRecordIndexesList());
        assertThat(result.getFirstOffset()).isEqualTo(first.get(i).getFirstOffset());
      }
      texts[7] = "other";
      int applied = 0;
      for (PartitionResult result : produce(cluster, 1, request("ids", texts).clearPartition())) {
        if (result.getOutcome() == APPLIED) {
          applied++;
          assertThat(result.getRecordIndexesList()).containsExactly(7);
        }
      }
      assertThat(applied).isEqualTo(1);
    }
  }

  @Test
  void aStreamThatSendsAgainHearsWhereEachRecordIs() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3).startAll()) {
      create(cluster, "ids", 1, HOUR_MS);
      List<String> expected = new ArrayList<>();
      for (int round = 0; round < 2; round++) {
        // The second stream sends what the first one sent, with something new in every third batch.
        BlockingQueue<Object> heard = new LinkedBlockingQueue<>();
        StreamObserver<ProduceStreamRequest> stream = open(cluster, 1 + round, heard);
        int batches = 120;
        for (int i = 0; i < batches; i++) {
          String extra = round + "x" + i;
          RecordSet set =
              round == 1 && i % 3 == 0
                  ? records("a" + i, extra, "b" + i)
                  : records("a" + i, "b" + i);
          stream.onNext(
              ProduceStreamRequest.newBuilder()
                  .setBatch(
                      ProduceStreamBatch.newBuilder()
                          .setBatchId(1 + i)
                          .setPartition(0)
                          .setBatch(RecordBatch.newBuilder().setRecords(set)))
                  .build());
          if (round == 0) {
            expected.add("a" + i);
            expected.add("b" + i);
          } else if (i % 3 == 0) {
            expected.add(extra);
          }
        }
        stream.onCompleted();
        for (int i = 0; i < batches; i++) {
          boolean hasExtra = round == 1 && i % 3 == 0;
          List<String> each = each(nextAck(heard, 1 + i), hasExtra ? 3 : 2);
          String word = round == 0 ? " new" : " known";
          assertThat(each).startsWith(2 * i + word).endsWith(2 * i + 1 + word);
          if (hasExtra) {
            assertThat(each.get(1)).isEqualTo(2 * batches + i / 3 + " new");
          }
        }
      }
      assertThat(values(cluster, 3, "ids", 0)).containsExactlyElementsOf(expected);
    }
  }

  private static List<PartitionResult> nextAck(BlockingQueue<Object> heard, long batchId)
      throws InterruptedException {
    while (true) {
      Object next = heard.poll(30, TimeUnit.SECONDS);
      assertThat(next).isInstanceOf(ProduceStreamResponse.class);
      ProduceStreamResponse response = (ProduceStreamResponse) next;
      if (response.hasAck()) {
        assertThat(response.getAck().getBatchId()).isEqualTo(batchId);
        return response.getAck().getResultsList();
      }
    }
  }

  private static StreamObserver<ProduceStreamRequest> open(
      TestCluster cluster, int broker, BlockingQueue<Object> heard) {
    StreamObserver<ProduceStreamRequest> stream =
        ProducerServiceGrpc.newStub(cluster.channel(broker))
            .withDeadlineAfter(60, TimeUnit.SECONDS)
            .produceStream(
                new StreamObserver<>() {
                  @Override
                  public void onNext(ProduceStreamResponse response) {
                    heard.add(response);
                  }

                  @Override
                  public void onError(Throwable thrown) {
                    heard.add(thrown);
                  }

                  @Override
                  public void onCompleted() {
                    heard.add("end");
                  }
                });
    stream.onNext(
        ProduceStreamRequest.newBuilder()
            .setOpen(ProduceStreamOpen.newBuilder().setTopic("ids"))
            .build());
    return stream;
  }

  @Test
  void whoNumbersItsRecordsIsKnownByItsSequencesAndItsIdsAreRemembered() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 1).startAll()) {
      create(cluster, "ids", 1, HOUR_MS);
      ProduceRequest.Builder named = request("ids", "a", "b").setProducerId("p");
      assertOne(produce(cluster, 1, request("ids", "a")), APPLIED, 0, 1);
      assertOne(produce(cluster, 1, named.setFirstSequence(1)), APPLIED, 1, 2);
      assertOne(produce(cluster, 1, named.setFirstSequence(1)), DUPLICATE, 1, 2);
      assertOne(produce(cluster, 1, request("ids", "b")), DUPLICATE, 2, 1);
      assertOne(produce(cluster, 1, named.setFirstSequence(3)), APPLIED, 3, 2);
      assertOne(produce(cluster, 1, request("ids", "a")), DUPLICATE, 3, 1);
    }
  }

  @Test
  void theWindowCanBeSetLaterAndSwitchedOffAndOnAgain() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3).startAll()) {
      create(cluster, "ids", 1, 0);
      assertOne(produce(cluster, 1, request("ids", "a")), APPLIED, 0, 1);
      assertOne(produce(cluster, 1, request("ids", "a")), APPLIED, 1, 1);
      alter(cluster, "ids", HOUR_MS);
      awaitSeen(cluster, "ids", HOUR_MS);
      assertOne(produce(cluster, 1, request("ids", "a")), APPLIED, 2, 1);
      assertOne(produce(cluster, 2, request("ids", "a")), DUPLICATE, 2, 1);
      alter(cluster, "ids", 0);
      awaitSeen(cluster, "ids", 0);
      assertOne(produce(cluster, 3, request("ids", "a")), APPLIED, 3, 1);
      alter(cluster, "ids", HOUR_MS);
      awaitSeen(cluster, "ids", HOUR_MS);
      assertOne(produce(cluster, 1, request("ids", "a")), APPLIED, 4, 1);
      assertOne(produce(cluster, 2, request("ids", "a")), DUPLICATE, 4, 1);
      // The shortest one there is: what is older than it is new again.
      alter(cluster, "ids", 1000);
      awaitSeen(cluster, "ids", 1000);
      await()
          .atMost(TestCluster.PATIENCE)
          .until(() -> produce(cluster, 1, request("ids", "a")).get(0).getOutcome() == APPLIED);
    }
  }

  private static void awaitSeen(TestCluster cluster, String topic, long windowMs) {
    for (int broker : cluster.running()) {
      await()
          .atMost(TestCluster.PATIENCE)
          .until(
              () ->
                  TopicServiceGrpc.newBlockingStub(cluster.channel(broker))
                          .getTopic(GetTopicRequest.newBuilder().setTopic(topic).build())
                          .getTopic()
                          .getConfig()
                          .getDedupWindowMs()
                      == windowMs);
    }
  }

  @Test
  void noMoreIdsAreTakenThanThePartitionMayRemember() throws Exception {
    try (TestCluster cluster =
        new TestCluster(folder, 1).with("max-record-ids-per-partition", "3").startAll()) {
      create(cluster, "ids", 1, HOUR_MS);
      assertOne(produce(cluster, 1, request("ids", "a", "-x", "b")), APPLIED, 0, 3);
      assertThat(
              refused(
                  cluster,
                  request("ids", "c", "d"),
                  ErrorReason.ERROR_REASON_RECORD_ID_LIMIT,
                  Status.Code.RESOURCE_EXHAUSTED))
          .containsEntry("limit", "3")
          .containsEntry("setting", "max-record-ids-per-partition")
          .containsEntry("window_ms", String.valueOf(HOUR_MS))
          .containsKey("oldest_ms");
      assertOne(produce(cluster, 1, request("ids", "-y")), APPLIED, 3, 1);
      assertThat(each(produce(cluster, 1, request("ids", "c", "a")), 2))
          .containsExactly("4 new", "0 known");
      assertOne(produce(cluster, 1, request("ids", "b", "a", "c")), DUPLICATE, 2, 3, 2, 0, 4);
    }
  }

  @Test
  void badIdsAndWindowsAreInvalid() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 1).startAll()) {
      for (long windowMs : new long[] {-1, 1, 999, 7 * 24 * HOUR_MS + 1}) {
        StatusRuntimeException thrown =
            catchThrowableOfType(
                StatusRuntimeException.class, () -> create(cluster, "bad", 1, windowMs));
        assertThat(Statuses.errorOf(thrown).metadata())
            .containsEntry("field", "topic.config.dedup_window_ms");
      }
      create(cluster, "longest", 1, 7 * 24 * HOUR_MS);
      create(cluster, "shortest", 1, 1000);
      create(cluster, "none", 1, 0);
      for (String topic : List.of("longest", "none")) {
        refused(
            cluster,
            request(topic, "i".repeat(129)),
            ErrorReason.ERROR_REASON_RECORD_ID_TOO_LONG,
            Status.Code.INVALID_ARGUMENT);
        assertOne(produce(cluster, 1, request(topic, "i".repeat(128))), APPLIED, 0, 1);
      }
    }
  }

  private static Map<String, String> refused(
      TestCluster cluster, ProduceRequest.Builder request, ErrorReason reason, Status.Code code) {
    StatusRuntimeException thrown =
        catchThrowableOfType(StatusRuntimeException.class, () -> produce(cluster, 1, request));
    assertThat(thrown).as("%s", reason).isNotNull();
    BrokerError error = Statuses.errorOf(thrown);
    assertThat(error.reason()).isEqualTo(reason);
    assertThat(thrown.getStatus().getCode()).isEqualTo(code);
    return error.metadata();
  }
}
