// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server;

import static dev.almadia.broker.server.BrokerClusterTest.createTopic;
import static dev.almadia.broker.server.BrokerClusterTest.produce;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.almadia.v1.Broker;
import dev.almadia.v1.ClusterServiceGrpc;
import dev.almadia.v1.DecommissionBrokerRequest;
import dev.almadia.v1.GetOperationRequest;
import dev.almadia.v1.GetServerInfoRequest;
import dev.almadia.v1.ListBrokersRequest;
import dev.almadia.v1.ListOperationsRequest;
import dev.almadia.v1.MoveReplicasRequest;
import dev.almadia.v1.Operation;
import dev.almadia.v1.OperationResponse;
import dev.almadia.v1.OperationState;
import dev.almadia.v1.Partition;
import dev.almadia.v1.ReplicaMove;
import io.grpc.ManagedChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What answers about the cluster tell of clocks, disks, moves and who asked for what. */
class ClusterFactsTest {
  @TempDir Path folder;

  @Test
  void brokersTellTheirClocksAndDisksAndWhenTheyWereHeard() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3).startAll()) {
      long before = System.currentTimeMillis();
      createTopic(cluster.channel(1), "orders", 1);
      assertThat(produce(cluster.channel(1), "orders", 0, "x".repeat(100_000))).isZero();

      assertThat(
              stub(cluster.channel(2))
                  .getServerInfo(GetServerInfoRequest.getDefaultInstance())
                  .getTimeMs())
          .isBetween(before, System.currentTimeMillis());
      await()
          .atMost(TestCluster.PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(brokers(cluster.channel(2)))
                      .hasSize(3)
                      .allSatisfy(
                          broker -> {
                            assertThat(broker.getFreeBytes()).isPositive();
                            assertThat(broker.getDiskBytes()).isGreaterThan(broker.getFreeBytes());
                            assertThat(broker.getLogBytes()).isGreaterThan(100_000);
                            assertThat(broker.getLastHeardMs()).isGreaterThanOrEqualTo(before);
                          }));

      cluster.kill(3);
      await()
          .atMost(TestCluster.PATIENCE)
          .until(() -> !brokers(cluster.channel(2)).get(2).getReachable());
      Broker gone = brokers(cluster.channel(2)).get(2);
      assertThat(gone.getDiskBytes()).isZero();
      assertThat(gone.getLastHeardMs()).isGreaterThanOrEqualTo(before);
      assertThat(brokers(cluster.channel(2)).get(2).getLastHeardMs())
          .isEqualTo(gone.getLastHeardMs());
    }
  }

  @Test
  void aPlanSaysWhatItIsAboutAndHowMuchItCopies() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3).startAll()) {
      cluster.join(4, Map.of());
      cluster.awaitReady();
      createTopic(cluster.channel(1), "orders", 4);
      for (int partition = 0; partition < 4; partition++) {
        assertThat(produce(cluster.channel(1), "orders", partition, "x".repeat(50_000))).isZero();
      }
      DecommissionBrokerRequest request =
          DecommissionBrokerRequest.newBuilder().setBrokerId(4).setValidateOnly(true).build();
      for (int broker = 1; broker <= 3; broker++) {
        OperationResponse plan = stub(cluster.channel(broker)).decommissionBroker(request);
        assertThat(plan.getOperation().getName()).isEmpty();
        assertThat(plan.getOperation().getKind()).isEqualTo("decommission");
        assertThat(plan.getOperation().getResource()).isEqualTo("brokers/4");
        assertThat(plan.getOperation().getRequestedBy()).contains("from 127.0.0.1");
        assertThat(plan.getOperation().getTotalBytes())
            .isEqualTo(plan.getPlanList().stream().mapToLong(ReplicaMove::getBytes).sum());
        assertThat(plan.getPlanList())
            .isNotEmpty()
            .allSatisfy(move -> assertThat(move.getBytes()).isPositive());
      }
    }
  }

  @Test
  void aMoveThatIsUnderWayIsSeenAtThePartitionAndInItsOperation() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3).startAll()) {
      cluster.join(4, Map.of());
      cluster.awaitReady();
      createTopic(cluster.channel(1), "orders", 1);
      assertThat(produce(cluster.channel(1), "orders", 0, "x".repeat(50_000))).isZero();
      Partition before = BrokerClusterTest.partition(cluster.channel(1), "orders", 0);
      List<Integer> holders = before.getTargetBrokerIdsList();
      assertThat(holders).hasSize(3);
      assertThat(before.getLeavingBrokerIdsList()).isEmpty();
      int outside = 10 - holders.stream().mapToInt(id -> id).sum();
      List<Integer> after = List.of(holders.get(0), holders.get(1), outside);
      cluster.kill(outside);

      String name =
          stub(cluster.channel(holders.get(0)))
              .moveReplicas(
                  MoveReplicasRequest.newBuilder()
                      .addMoves(ReplicaMove.newBuilder().setTopic("orders").addAllBrokerIds(after))
                      .build())
              .getOperation()
              .getName();
      ManagedChannel channel = cluster.channel(holders.get(1));
      await()
          .atMost(TestCluster.PATIENCE)
          .untilAsserted(
              () -> {
                Partition moving = BrokerClusterTest.partition(channel, "orders", 0);
                assertThat(moving.getTargetBrokerIdsList()).containsExactlyElementsOf(after);
                assertThat(moving.getLeavingBrokerIdsList()).containsExactly(holders.get(2));
                assertThat(moving.getReplicasList())
                    .extracting(replica -> replica.getBrokerId())
                    .containsExactly(1, 2, 3, 4);
                Operation waiting =
                    stub(channel)
                        .listOperations(ListOperationsRequest.getDefaultInstance())
                        .getOperations(0);
                assertThat(waiting.getName()).isEqualTo(name);
                assertThat(waiting.getRequestedBy()).contains("from 127.0.0.1");
                assertThat(waiting.getTotalBytes()).isPositive();
                assertThat(waiting.getEtaSeconds()).isEqualTo(-1);
                assertThat(waiting.getMessage()).contains("broker " + outside);
              });
      if (outside == 4) {
        cluster.join(4, Map.of());
      } else {
        cluster.start(outside);
      }
      cluster.awaitReady();
      Operation done =
          stub(channel)
              .getOperation(
                  GetOperationRequest.newBuilder().setName(name).setWaitMs(30_000).build());
      assertThat(done.getState()).isEqualTo(OperationState.OPERATION_STATE_DONE);
    }
  }

  private static List<Broker> brokers(ManagedChannel channel) {
    return stub(channel).listBrokers(ListBrokersRequest.getDefaultInstance()).getBrokersList();
  }

  private static ClusterServiceGrpc.ClusterServiceBlockingStub stub(ManagedChannel channel) {
    return ClusterServiceGrpc.newBlockingStub(channel).withDeadlineAfter(60, TimeUnit.SECONDS);
  }
}
