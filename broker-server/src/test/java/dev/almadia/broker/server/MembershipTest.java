// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server;

import static dev.almadia.broker.server.BrokerClusterTest.awaitEqual;
import static dev.almadia.broker.server.BrokerClusterTest.awaitHealthy;
import static dev.almadia.broker.server.BrokerClusterTest.createTopic;
import static dev.almadia.broker.server.BrokerClusterTest.fetch;
import static dev.almadia.broker.server.BrokerClusterTest.produce;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.almadia.v1.Broker;
import dev.almadia.v1.ClusterServiceGrpc;
import dev.almadia.v1.DecommissionBrokerRequest;
import dev.almadia.v1.DrainBrokerRequest;
import dev.almadia.v1.GetOperationRequest;
import dev.almadia.v1.ListBrokersRequest;
import dev.almadia.v1.ListPartitionsRequest;
import dev.almadia.v1.MoveReplicasRequest;
import dev.almadia.v1.Operation;
import dev.almadia.v1.OperationResponse;
import dev.almadia.v1.OperationState;
import dev.almadia.v1.Partition;
import dev.almadia.v1.ReplicaMove;
import dev.almadia.v1.TopicServiceGrpc;
import dev.almadia.v1.TransferLeadershipRequest;
import dev.almadia.v1.UndrainBrokerRequest;
import io.grpc.Channel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Brokers that come, lose their disks and come back, seen through generated stubs only. */
class MembershipTest {
  @TempDir Path folder;

  @Test
  void aBrokerJoinsARunningCluster() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3).startAll()) {
      createTopic(cluster.channel(1), "orders", 2);
      assertThat(produce(cluster.channel(2), "orders", 0, "a")).isZero();

      cluster.join(4, Map.of("zone", "cellar"));
      cluster.awaitReady();

      assertThat(fetch(cluster.channel(4), "orders", 0)).containsExactly("a");
      List<Broker> brokers = brokers(cluster.channel(4));
      assertThat(brokers).extracting(Broker::getBrokerId).containsExactly(1, 2, 3, 4);
      assertThat(brokers.get(3).getZone()).isEqualTo("cellar");
      awaitHealthy(cluster.channel(4));

      cluster.stop(4);
      cluster.join(4, Map.of("zone", "attic"));
      cluster.awaitReady();
      await()
          .atMost(TestCluster.PATIENCE)
          .until(() -> brokers(cluster.channel(1)).get(3).getZone().equals("attic"));
    }
  }

  @Test
  void aBrokerThatLostItsDiskIsFilledAgain() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3).startAll()) {
      createTopic(cluster.channel(1), "orders", 4);
      for (int i = 0; i < 40; i++) {
        assertThat(produce(cluster.channel(1), "orders", i % 4, "v" + i)).isEqualTo(i / 4);
      }

      cluster.kill(3);
      cluster.wipe(3);
      assertThat(produce(cluster.channel(1), "orders", 0, "meanwhile")).isEqualTo(10);
      cluster.start(3);
      cluster.awaitReady();

      awaitHealthy(cluster.channel(3));
      awaitEqual(cluster.channel(3), "orders", 0, 11);
      for (int partition = 1; partition < 4; partition++) {
        awaitEqual(cluster.channel(1), "orders", partition, 10);
      }
      cluster.kill(2);
      cluster.kill(1);
      cluster.start(1);
      cluster.awaitReady();
      assertThat(fetch(cluster.channel(3), "orders", 3))
          .containsExactly("v3", "v7", "v11", "v15", "v19", "v23", "v27", "v31", "v35", "v39");
      assertThat(produce(cluster.channel(3), "orders", 3, "after")).isEqualTo(10);
    }
  }

  @Test
  void replicasMoveAndABrokerIsDecommissioned() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3).startAll()) {
      createTopic(cluster.channel(1), "orders", 6);
      for (int i = 0; i < 60; i++) {
        assertThat(produce(cluster.channel(1), "orders", i % 6, "v" + i)).isEqualTo(i / 6);
      }
      cluster.join(4, Map.of());
      cluster.awaitReady();

      Operation moved =
          done(
              cluster.channel(4),
              stub(cluster.channel(4))
                  .moveReplicas(
                      MoveReplicasRequest.newBuilder()
                          .addMoves(
                              ReplicaMove.newBuilder()
                                  .setTopic("orders")
                                  .setPartition(2)
                                  .addAllBrokerIds(List.of(4, 2, 1)))
                          .build()));
      assertThat(moved.getState()).isEqualTo(OperationState.OPERATION_STATE_DONE);

      Operation gone =
          done(
              cluster.channel(1),
              stub(cluster.channel(1))
                  .decommissionBroker(
                      DecommissionBrokerRequest.newBuilder().setBrokerId(3).build()));
      assertThat(gone.getState()).isEqualTo(OperationState.OPERATION_STATE_DONE);
      assertThat(brokers(cluster.channel(1)))
          .extracting(Broker::getBrokerId)
          .containsExactly(1, 2, 4);
      cluster.stop(3);
      for (int partition = 0; partition < 6; partition++) {
        awaitEqual(cluster.channel(4), "orders", partition, 10);
        assertThat(produce(cluster.channel(4), "orders", partition, "x")).isEqualTo(10);
      }
      awaitHealthy(cluster.channel(2));
    }
  }

  @Test
  void aDrainedBrokerLeadsNothingAndWrongOrdersAreRefused() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3).startAll()) {
      createTopic(cluster.channel(1), "orders", 6);
      Operation drained =
          done(
              cluster.channel(1),
              stub(cluster.channel(1))
                  .drainBroker(DrainBrokerRequest.newBuilder().setBrokerId(2).build()));
      assertThat(drained.getState()).isEqualTo(OperationState.OPERATION_STATE_DONE);
      assertThat(brokers(cluster.channel(1)).get(1).getLeaders()).isZero();

      assertThatThrownBy(
              () ->
                  stub(cluster.channel(3))
                      .drainBroker(DrainBrokerRequest.newBuilder().setBrokerId(3).build()))
          .hasMessageContaining("FAILED_PRECONDITION");
      assertThatThrownBy(
              () ->
                  stub(cluster.channel(3))
                      .decommissionBroker(
                          DecommissionBrokerRequest.newBuilder().setBrokerId(3).build()))
          .hasMessageContaining("FAILED_PRECONDITION");
      assertThatThrownBy(
              () ->
                  stub(cluster.channel(3))
                      .drainBroker(DrainBrokerRequest.newBuilder().setBrokerId(9).build()))
          .hasMessageContaining("NOT_FOUND");

      var unused =
          stub(cluster.channel(3))
              .undrainBroker(UndrainBrokerRequest.newBuilder().setBrokerId(2).build());
      assertThat(
              stub(cluster.channel(3))
                  .transferLeadership(
                      TransferLeadershipRequest.newBuilder()
                          .setTopic("orders")
                          .setPartition(0)
                          .setToBrokerId(2)
                          .build())
                  .getLeaderBrokerId())
          .isEqualTo(2);
    }
  }

  @Test
  void leadersOfADrainedBrokerGoToTheNextReplicaInOrder() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3).startAll()) {
      createTopic(cluster.channel(1), "orders", 60);
      awaitHealthy(cluster.channel(1));
      Map<Integer, Integer> heirs = new TreeMap<>();
      for (Partition partition : partitions(cluster.channel(1))) {
        if (partition.getLeaderBrokerId() == 2) {
          int heir =
              partition.getTargetBrokerIdsList().stream()
                  .filter(broker -> broker != 2)
                  .findFirst()
                  .orElseThrow();
          heirs.put(partition.getPartition(), heir);
        }
      }
      assertThat(heirs).hasSizeGreaterThan(16);

      Operation drained =
          done(
              cluster.channel(1),
              stub(cluster.channel(1))
                  .drainBroker(DrainBrokerRequest.newBuilder().setBrokerId(2).build()));

      assertThat(drained.getState()).isEqualTo(OperationState.OPERATION_STATE_DONE);
      Map<Integer, Integer> leaders = new TreeMap<>();
      for (Partition partition : partitions(cluster.channel(3))) {
        leaders.put(partition.getPartition(), partition.getLeaderBrokerId());
      }
      assertThat(leaders).containsAllEntriesOf(heirs).doesNotContainValue(2);
    }
  }

  private static List<Partition> partitions(Channel channel) {
    return TopicServiceGrpc.newBlockingStub(channel)
        .listPartitions(
            ListPartitionsRequest.newBuilder().setTopic("orders").setPageSize(100).build())
        .getPartitionsList();
  }

  private static ClusterServiceGrpc.ClusterServiceBlockingStub stub(Channel channel) {
    return ClusterServiceGrpc.newBlockingStub(channel).withDeadlineAfter(30, TimeUnit.SECONDS);
  }

  private static Operation done(Channel channel, OperationResponse begun) {
    return stub(channel)
        .getOperation(
            GetOperationRequest.newBuilder()
                .setName(begun.getOperation().getName())
                .setWaitMs(25_000)
                .build());
  }

  private static List<Broker> brokers(Channel channel) {
    return ClusterServiceGrpc.newBlockingStub(channel)
        .listBrokers(ListBrokersRequest.getDefaultInstance())
        .getBrokersList();
  }
}
