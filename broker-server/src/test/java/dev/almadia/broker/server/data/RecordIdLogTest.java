// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.codec.Codecs;
import dev.almadia.raft.shard.RaftNode;
import dev.almadia.v1.Codec;
import dev.almadia.v1.CompressedRecords;
import dev.almadia.v1.ConsumerServiceGrpc;
import dev.almadia.v1.FetchRequest;
import dev.almadia.v1.PartitionResult;
import dev.almadia.v1.Position;
import dev.almadia.v1.ProduceRequest;
import dev.almadia.v1.ProducerServiceGrpc;
import dev.almadia.v1.Record;
import dev.almadia.v1.RecordBatch;
import dev.almadia.v1.RecordSet;
import dev.almadia.v1.StoredBatch;
import dev.almadia.v1.WriteOutcome;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What partitions know of record ids when logs are cut, replicas begin anew, or news are late. */
class RecordIdLogTest {
  private static final long HOUR_MS = 3_600_000;
  private static final WriteOutcome APPLIED = WriteOutcome.WRITE_OUTCOME_APPLIED;
  private static final WriteOutcome DUPLICATE = WriteOutcome.WRITE_OUTCOME_DUPLICATE;

  private static RecordSet records(String... ids) {
    RecordSet.Builder records = RecordSet.newBuilder();
    for (String id : ids) {
      ByteString bytes = ByteString.copyFromUtf8(id);
      records.addRecords(Record.newBuilder().setValue(bytes).setRecordId(bytes));
    }
    return records.build();
  }

  private static List<PartitionResult> send(LiveCluster cluster, int broker, RecordBatch batch) {
    return ProducerServiceGrpc.newBlockingStub(cluster.channelTo(broker))
        .withDeadlineAfter(20, TimeUnit.SECONDS)
        .produce(
            ProduceRequest.newBuilder().setTopic("ids").setPartition(0).setBatch(batch).build())
        .getResultsList();
  }

  private static List<PartitionResult> send(LiveCluster cluster, int broker, String... ids) {
    return send(cluster, broker, RecordBatch.newBuilder().setRecords(records(ids)).build());
  }

  private static List<PartitionResult> sendCompressed(
      LiveCluster cluster, int broker, String... ids) {
    byte[] set = records(ids).toByteArray();
    byte[] data = Codecs.compress(Codec.CODEC_ZSTD, set, 0, set.length);
    return send(
        cluster,
        broker,
        RecordBatch.newBuilder()
            .setCompressed(
                CompressedRecords.newBuilder()
                    .setCodec(Codec.CODEC_ZSTD)
                    .setData(ByteString.copyFrom(data))
                    .setRecordCount(ids.length)
                    .setUncompressedBytes(set.length))
            .build());
  }

  private static void assertOne(List<PartitionResult> results, WriteOutcome outcome, long offset) {
    assertThat(results).hasSize(1);
    assertThat(results.get(0).getOutcome()).isEqualTo(outcome);
    assertThat(results.get(0).getFirstOffset()).isEqualTo(offset);
  }

  @Test
  void whatWasCutIsKnownAlsoByWhoOnlyGotTheRest(@TempDir Path directory) throws Exception {
    try (LiveCluster cluster = new LiveCluster(directory, 3, DataLimits.DEFAULT)) {
      cluster.createTopic("ids", 1);
      cluster.setDedupWindow("ids", HOUR_MS);
      long group = cluster.groupOf("ids", 0);
      for (int i = 0; i < 10; i++) {
        assertOne(send(cluster, 1 + i % 3, "i" + i), APPLIED, i);
      }
      int leader = cluster.leaderOf("ids", 0).brokerId();
      int late = 1 + leader % 3;
      cluster.kill(late);
      assertOne(send(cluster, leader, "i10"), APPLIED, 10);
      RaftNode node = cluster.broker(leader).node();
      node.advanceLogStart(group, node.view(group).commitIndex());
      await().until(() -> node.view(group).logStartOffset() == 11);
      assertOne(send(cluster, leader, "i3"), DUPLICATE, 3);

      cluster.restart(late);
      RaftNode filled = cluster.broker(late).node();
      await()
          .atMost(20, TimeUnit.SECONDS)
          .until(
              () ->
                  filled.view(group) != null
                      && filled.view(group).logStartOffset() == 11
                      && filled.view(group).commitIndex() == node.view(group).commitIndex());
      cluster.kill(leader);
      cluster.restart(leader);
      await()
          .atMost(20, TimeUnit.SECONDS)
          .until(
              () -> {
                cluster.leaderOf("ids", 0).groups().transferLeadership(group, late);
                return cluster.leaderOf("ids", 0).brokerId() == late;
              });
      assertOne(send(cluster, leader, "i1"), DUPLICATE, 1);
      assertOne(send(cluster, late, "i10"), DUPLICATE, 10);
      assertOne(send(cluster, late, "i11"), APPLIED, 11);
      await()
          .atMost(20, TimeUnit.SECONDS)
          .until(
              () -> {
                cluster.leaderOf("ids", 0).groups().transferLeadership(group, leader);
                return cluster.leaderOf("ids", 0).brokerId() == leader;
              });
      assertOne(send(cluster, late, "i0"), DUPLICATE, 0);
      assertOne(send(cluster, late, "i11"), DUPLICATE, 11);
    }
  }

  @Test
  void whoHasNotHeardOfTheSettingGoesByWhatTheLogSays(@TempDir Path directory) throws Exception {
    try (LiveCluster cluster = new LiveCluster(directory, 3, DataLimits.DEFAULT)) {
      cluster.createTopic("ids", 1);
      MetadataImage before = cluster.image();
      assertOne(send(cluster, 1, "early"), APPLIED, 0);
      cluster.setDedupWindow("ids", HOUR_MS);
      assertOne(send(cluster, 1, "a", "b"), APPLIED, 1);
      cluster.show(before);
      for (int broker = 1; broker <= 3; broker++) {
        assertOne(send(cluster, broker, "a", "b"), DUPLICATE, 1);
        assertOne(sendCompressed(cluster, broker, "b"), DUPLICATE, 2);
        List<PartitionResult> partly = sendCompressed(cluster, broker, "n" + broker, "a");
        assertThat(partly).hasSize(2);
        assertThat(partly.get(0).getOutcome()).isEqualTo(APPLIED);
        assertThat(partly.get(0).getFirstOffset()).isEqualTo(2 + broker);
        assertThat(partly.get(0).getRecordIndexesList()).containsExactly(0);
        assertThat(partly.get(1).getOutcome()).isEqualTo(DUPLICATE);
        assertThat(partly.get(1).getFirstOffset()).isEqualTo(1);
        assertThat(partly.get(1).getRecordIndexesList()).containsExactly(1);
      }
      assertOne(send(cluster, 2, "early"), APPLIED, 6);
    }
  }

  @Test
  void readersGetNothingOfWhatBrokersKeepOfIds(@TempDir Path directory) throws Exception {
    try (LiveCluster cluster = new LiveCluster(directory, 1, DataLimits.DEFAULT)) {
      cluster.createTopic("ids", 1);
      cluster.setDedupWindow("ids", HOUR_MS);
      assertOne(send(cluster, 1, "a", "b"), APPLIED, 0);
      assertOne(sendCompressed(cluster, 1, "c", "d"), APPLIED, 2);

      var response =
          ConsumerServiceGrpc.newBlockingStub(cluster.channelTo(1))
              .withDeadlineAfter(20, TimeUnit.SECONDS)
              .fetch(
                  FetchRequest.newBuilder()
                      .setTopic("ids")
                      .setPosition(Position.newBuilder().setOffset(0))
                      .addAcceptCodecs(Codec.CODEC_ZSTD)
                      .build());
      assertThat(response.getBatchesCount()).isEqualTo(2);
      for (StoredBatch batch : response.getBatchesList()) {
        assertThat(batch.getUnknownFields().asMap()).isEmpty();
      }
      assertThat(response.getBatches(0).getRecords()).isEqualTo(records("a", "b"));
      assertThat(response.getBatches(1).getCompressed().getRecordCount()).isEqualTo(2);
    }
  }
}
