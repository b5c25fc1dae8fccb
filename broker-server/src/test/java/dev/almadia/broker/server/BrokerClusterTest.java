// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.almadia.v1.ClusterServiceGrpc;
import dev.almadia.v1.ConsumerServiceGrpc;
import dev.almadia.v1.CreateTopicRequest;
import dev.almadia.v1.FetchRequest;
import dev.almadia.v1.FetchResponse;
import dev.almadia.v1.GetClusterHealthRequest;
import dev.almadia.v1.GetPartitionRequest;
import dev.almadia.v1.GetTopicRequest;
import dev.almadia.v1.ListPartitionsRequest;
import dev.almadia.v1.Partition;
import dev.almadia.v1.Position;
import dev.almadia.v1.ProduceRequest;
import dev.almadia.v1.ProducerServiceGrpc;
import dev.almadia.v1.Record;
import dev.almadia.v1.RecordBatch;
import dev.almadia.v1.RecordSet;
import dev.almadia.v1.StoredBatch;
import dev.almadia.v1.Topic;
import dev.almadia.v1.TopicServiceGrpc;
import dev.almadia.v1.VerifyPartitionRequest;
import dev.almadia.v1.VerifyPartitionResponse;
import io.grpc.Channel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three brokers, from the first leader to the last restart, seen through generated stubs only. */
class BrokerClusterTest {
  @TempDir Path folder;

  @Test
  void everyBrokerServesEverything() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3).startAll()) {
      createTopic(cluster.channel(1), "orders", 6);

      for (int id : cluster.running()) {
        assertThat(topicNames(cluster.channel(id))).containsExactly("orders");
        for (int partition = 0; partition < 6; partition++) {
          assertThat(produce(cluster.channel(id), "orders", partition, "by " + id))
              .isEqualTo(id - 1);
        }
      }
      for (int id : cluster.running()) {
        assertThat(fetch(cluster.channel(id), "orders", 3)).containsExactly("by 1", "by 2", "by 3");
      }
      awaitHealthy(cluster.channel(2));
    }
  }

  @Test
  void aKilledLeaderLosesNothingAndCatchesUp() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3).startAll()) {
      createTopic(cluster.channel(1), "orders", 3);
      List<String> written = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        written.add("a" + i);
        assertThat(produce(cluster.channel(1), "orders", 0, "a" + i)).isEqualTo(i);
      }
      int leader = partition(cluster.channel(1), "orders", 0).getLeaderBrokerId();
      int other = leader == 1 ? 2 : 1;

      cluster.kill(leader);

      for (int i = 20; i < 40; i++) {
        written.add("a" + i);
        assertThat(produce(cluster.channel(other), "orders", 0, "a" + i)).isEqualTo(i);
      }
      cluster.start(leader);
      cluster.awaitReady();
      awaitHealthy(cluster.channel(other));
      assertThat(fetch(cluster.channel(leader), "orders", 0)).isEqualTo(written);
      awaitEqual(cluster.channel(leader), "orders", 0, 40);
    }
  }

  @Test
  void allBrokersKilledAtOnceKeepEverything() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3).startAll()) {
      createTopic(cluster.channel(2), "orders", 2);
      for (int i = 0; i < 10; i++) {
        assertThat(produce(cluster.channel(3), "orders", i % 2, "v" + i)).isEqualTo(i / 2);
      }

      cluster.running().forEach(cluster::kill);
      cluster.startAll();

      assertThat(fetch(cluster.channel(1), "orders", 0))
          .containsExactly("v0", "v2", "v4", "v6", "v8");
      assertThat(fetch(cluster.channel(2), "orders", 1))
          .containsExactly("v1", "v3", "v5", "v7", "v9");
    }
  }

  @Test
  void aGracefulStopHandsLeadersOver() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3).startAll()) {
      createTopic(cluster.channel(1), "orders", 9);
      awaitHealthy(cluster.channel(1));

      cluster.stop(3);

      for (int partition = 0; partition < 9; partition++) {
        assertThat(produce(cluster.channel(1), "orders", partition, "x")).isZero();
      }
      assertThat(partitions(cluster.channel(1), "orders"))
          .allSatisfy(partition -> assertThat(partition.getLeaderBrokerId()).isIn(1, 2));
    }
  }

  @Test
  void aDeletedTopicStaysDeletedAfterARestart() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 1).startAll()) {
      createTopic(cluster.channel(1), "old", 3);
      TopicServiceGrpc.newBlockingStub(cluster.channel(1))
          .deleteTopic(dev.almadia.v1.DeleteTopicRequest.newBuilder().setTopic("old").build());
      createTopic(cluster.channel(1), "new", 2);
      assertThat(produce(cluster.channel(1), "new", 1, "x")).isZero();

      cluster.stop(1);
      cluster.startAll();

      assertThat(topicNames(cluster.channel(1))).containsExactly("new");
      assertThat(fetch(cluster.channel(1), "new", 1)).containsExactly("x");
    }
  }

  static void createTopic(Channel channel, String name, int partitions) {
    var unused =
        TopicServiceGrpc.newBlockingStub(channel)
            .withDeadlineAfter(15, TimeUnit.SECONDS)
            .createTopic(
                CreateTopicRequest.newBuilder()
                    .setTopic(Topic.newBuilder().setTopic(name).setPartitions(partitions))
                    .build());
    var shown =
        TopicServiceGrpc.newBlockingStub(channel)
            .getTopic(GetTopicRequest.newBuilder().setTopic(name).build());
    assertThat(shown.getTopic().getPartitions()).isEqualTo(partitions);
  }

  static List<String> topicNames(Channel channel) {
    return TopicServiceGrpc.newBlockingStub(channel)
        .listTopics(dev.almadia.v1.ListTopicsRequest.getDefaultInstance())
        .getTopicsList()
        .stream()
        .map(Topic::getTopic)
        .toList();
  }

  static long produce(Channel channel, String topic, int partition, String value) {
    RecordSet records =
        RecordSet.newBuilder()
            .addRecords(Record.newBuilder().setValue(ByteString.copyFromUtf8(value)))
            .build();
    return ProducerServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(15, TimeUnit.SECONDS)
        .produce(
            ProduceRequest.newBuilder()
                .setTopic(topic)
                .setPartition(partition)
                .setBatch(RecordBatch.newBuilder().setRecords(records))
                .build())
        .getResults(0)
        .getFirstOffset();
  }

  static List<String> fetch(Channel channel, String topic, int partition) {
    List<String> values = new ArrayList<>();
    long offset = 0;
    FetchResponse response;
    do {
      response =
          ConsumerServiceGrpc.newBlockingStub(channel)
              .withDeadlineAfter(15, TimeUnit.SECONDS)
              .fetch(
                  FetchRequest.newBuilder()
                      .setTopic(topic)
                      .setPartition(partition)
                      .setPosition(Position.newBuilder().setOffset(offset))
                      .build());
      for (StoredBatch batch : response.getBatchesList()) {
        batch
            .getRecords()
            .getRecordsList()
            .forEach(record -> values.add(record.getValue().toStringUtf8()));
      }
      offset = response.getNextOffset();
    } while (response.getBatchesCount() > 0 && offset < response.getHighWatermark());
    return values;
  }

  static Partition partition(Channel channel, String topic, int partition) {
    return TopicServiceGrpc.newBlockingStub(channel)
        .getPartition(
            GetPartitionRequest.newBuilder().setTopic(topic).setPartition(partition).build())
        .getPartition();
  }

  static List<Partition> partitions(Channel channel, String topic) {
    return TopicServiceGrpc.newBlockingStub(channel)
        .listPartitions(ListPartitionsRequest.newBuilder().setTopic(topic).build())
        .getPartitionsList();
  }

  static void awaitHealthy(Channel channel) {
    await()
        .atMost(TestCluster.PATIENCE)
        .untilAsserted(
            () ->
                assertThat(
                        ClusterServiceGrpc.newBlockingStub(channel)
                            .getClusterHealth(GetClusterHealthRequest.getDefaultInstance())
                            .getFindingsList())
                    .isEmpty());
  }

  static void awaitEqual(Channel channel, String topic, int partition, long records) {
    await()
        .atMost(TestCluster.PATIENCE)
        .untilAsserted(
            () -> {
              VerifyPartitionResponse verified =
                  TopicServiceGrpc.newBlockingStub(channel)
                      .verifyPartition(
                          VerifyPartitionRequest.newBuilder()
                              .setTopic(topic)
                              .setPartition(partition)
                              .build());
              assertThat(verified.getEqual()).isTrue();
              assertThat(verified.getRecords()).isEqualTo(records);
            });
  }
}
