// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server;

import static dev.almadia.broker.server.BrokerClusterTest.createTopic;
import static dev.almadia.broker.server.BrokerClusterTest.topicNames;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.server.config.ConfigLoader;
import dev.almadia.broker.server.grpc.Statuses;
import dev.almadia.v1.ChangeReplicationFactorRequest;
import dev.almadia.v1.ClusterServiceGrpc;
import dev.almadia.v1.DecommissionBrokerRequest;
import dev.almadia.v1.DrainBrokerRequest;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.ListBrokersRequest;
import dev.almadia.v1.MoveReplicasRequest;
import dev.almadia.v1.OperationResponse;
import dev.almadia.v1.ReplicaMove;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Orders that must not be carried out are refused at once, in one line that says what would help.
 */
class WrongOrdersTest {
  @TempDir Path folder;

  @Test
  void ordersThatHarmAreRefusedWithWhatWouldHelp() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3).startAll()) {
      createTopic(cluster.channel(1), "orders", 3);
      ClusterServiceGrpc.ClusterServiceBlockingStub stub = stub(cluster.channel(2));

      assertRefused(
          ErrorReason.ERROR_REASON_NOT_ENOUGH_BROKERS,
          () -> decommission(stub, 3),
          "Broker 3 of 3 cannot be decommissioned",
          "add 1 broker with --join",
          "--replication-factor 2");
      assertRefused(
          ErrorReason.ERROR_REASON_QUORUM_AT_RISK,
          () -> replication(stub, "orders", 0),
          "last replica",
          "delete the topic");
      assertRefused(
          ErrorReason.ERROR_REASON_QUORUM_AT_RISK, () -> move(stub, List.of()), "last replica");
      assertRefused(
          ErrorReason.ERROR_REASON_NOT_ENOUGH_BROKERS,
          () -> replication(stub, "orders", 4),
          "3 brokers are active",
          "--join");
      assertRefused(
          ErrorReason.ERROR_REASON_BROKER_NOT_FOUND,
          () -> move(stub, List.of(1, 2, 9)),
          "no broker 9",
          "[1, 2, 3]");
      assertRefused(ErrorReason.ERROR_REASON_BROKER_NOT_FOUND, () -> drain(stub, 9), "no broker 9");
      assertRefused(
          ErrorReason.ERROR_REASON_BROKER_NOT_FOUND, () -> decommission(stub, 9), "no broker 9");
      assertRefused(
          ErrorReason.ERROR_REASON_INVALID_ARGUMENT,
          () -> move(stub, List.of(1, 2, 2)),
          "different");
      assertRefused(
          ErrorReason.ERROR_REASON_TOPIC_NOT_FOUND, () -> replication(stub, "order", 2), "order");
    }
  }

  @Test
  void twoOfThreeAreNotDrainedAndADrainedOneIsGivenNothing() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3).startAll()) {
      cluster.join(4, Map.of());
      cluster.awaitReady();
      createTopic(cluster.channel(1), "orders", 1);
      ClusterServiceGrpc.ClusterServiceBlockingStub stub = stub(cluster.channel(1));
      List<Integer> holders =
          BrokerClusterTest.partition(cluster.channel(1), "orders", 0).getReplicasList().stream()
              .map(replica -> replica.getBrokerId())
              .toList();
      int outside = 10 - holders.stream().mapToInt(id -> id).sum();

      var unused = drain(stub, outside);
      assertRefused(
          ErrorReason.ERROR_REASON_BROKER_DRAINING,
          () -> move(stub, List.of(holders.get(0), holders.get(1), outside)),
          "Broker " + outside + " is draining");
    }
  }

  @Test
  void oneMoreDrainOrDecommissionIsRefusedWhileAnotherBrokerIsDown() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3).startAll()) {
      ClusterServiceGrpc.ClusterServiceBlockingStub stub = stub(cluster.channel(1));
      var drained = drain(stub, 3);
      assertRefused(
          ErrorReason.ERROR_REASON_QUORUM_AT_RISK,
          () -> drain(stub, 2),
          "cannot be drained while [3] are drained or unreachable",
          "without a majority");
      // Asked for once more, it is the same one, or it has ended.
      assertThat(drain(stub, 3).getOperation().getName())
          .isIn(drained.getOperation().getName(), "");

      cluster.kill(3);
      await()
          .atMost(TestCluster.PATIENCE)
          .untilAsserted(
              () ->
                  assertRefused(
                      ErrorReason.ERROR_REASON_QUORUM_AT_RISK,
                      () -> decommission(stub, 1),
                      "Broker 1 cannot be decommissioned: it votes on metadata",
                      "bring back [3]"));
      assertThat(
              stub(cluster.channel(2))
                  .listBrokers(ListBrokersRequest.getDefaultInstance())
                  .getBrokersList())
          .hasSize(3);
    }
  }

  @Test
  void aPlanForReplicasThatAreElsewhereByNowIsRefused() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3).startAll()) {
      cluster.join(4, Map.of());
      cluster.awaitReady();
      createTopic(cluster.channel(1), "orders", 1);
      ClusterServiceGrpc.ClusterServiceBlockingStub stub = stub(cluster.channel(1));
      List<Integer> holders =
          BrokerClusterTest.partition(cluster.channel(1), "orders", 0).getReplicasList().stream()
              .map(replica -> replica.getBrokerId())
              .toList();
      int outside = 10 - holders.stream().mapToInt(id -> id).sum();
      ReplicaMove.Builder move =
          ReplicaMove.newBuilder()
              .setTopic("orders")
              .addAllBrokerIds(List.of(outside, holders.get(0), holders.get(1)));

      assertRefused(
          ErrorReason.ERROR_REASON_ETAG_MISMATCH,
          () ->
              stub.moveReplicas(
                  MoveReplicasRequest.newBuilder()
                      .addMoves(
                          move.clone()
                              .addAllFromBrokerIds(
                                  List.of(outside, holders.get(1), holders.get(2))))
                      .build()),
          "topics/orders/partitions/0",
          "plan anew");
      assertThat(
              stub.moveReplicas(
                      MoveReplicasRequest.newBuilder()
                          .addMoves(
                              move.clone()
                                  .addAllFromBrokerIds(
                                      List.of(holders.get(2), holders.get(0), holders.get(1))))
                          .build())
                  .getPlan(0)
                  .getFromBrokerIdsList())
          .containsExactlyElementsOf(holders);
    }
  }

  @Test
  void whoCannotGetInSaysWhy() throws Exception {
    try (TestCluster cluster = new TestCluster(folder.resolve("mine"), 3).startAll();
        TestCluster other = new TestCluster(folder.resolve("other"), 2).startAll()) {
      Map<String, String> taken = cluster.settings(3);
      taken.put("data", folder.resolve("empty").toString());
      taken.put("internal-listen", "127.0.0.1:0");
      taken.remove("initial-brokers");
      taken.put("join", "127.0.0.1:" + cluster.internalPort(1));
      assertStaysOut(
          taken, ErrorReason.ERROR_REASON_BROKER_ID_IN_USE, "Broker id 3 is in use by the broker");

      other.stop(1);
      other.stop(2);
      Map<String, String> foreign = other.settings(2);
      foreign.put("internal-listen", "127.0.0.1:0");
      foreign.remove("initial-brokers");
      foreign.put("join", "127.0.0.1:" + cluster.internalPort(1));
      assertStaysOut(
          foreign,
          ErrorReason.ERROR_REASON_WRONG_CLUSTER,
          "The data directory belongs to cluster",
          "give an empty data directory");
      assertThat(
              stub(cluster.channel(1))
                  .listBrokers(ListBrokersRequest.getDefaultInstance())
                  .getBrokersList())
          .hasSize(3);
    }
  }

  @Test
  void aDecommissionedBrokerComesBackOnlyWithAnEmptyDirectory() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3).startAll()) {
      cluster.join(4, Map.of());
      cluster.awaitReady();
      createTopic(cluster.channel(1), "orders", 4);
      var begun = decommission(stub(cluster.channel(2)), 4);
      await()
          .atMost(TestCluster.PATIENCE)
          .until(
              () ->
                  stub(cluster.channel(1))
                          .listBrokers(ListBrokersRequest.getDefaultInstance())
                          .getBrokersCount()
                      == 3);
      assertThat(begun.getOperation().getKind()).isEqualTo("decommission");
      cluster.stop(4);

      cluster.join(4, Map.of());
      await()
          .atMost(TestCluster.PATIENCE)
          .untilAsserted(
              () ->
                  assertRefused(
                      ErrorReason.ERROR_REASON_BROKER_DECOMMISSIONED,
                      () -> topicNames(cluster.channel(4)),
                      "Broker 4 was decommissioned, or given up as lost, with the data directory",
                      "empty"));
      assertThat(cluster.broker(4).isReady()).isFalse();
      assertThat(
              stub(cluster.channel(1))
                  .listBrokers(ListBrokersRequest.getDefaultInstance())
                  .getBrokersCount())
          .isEqualTo(3);

      cluster.stop(4);
      cluster.wipe(4);
      cluster.join(4, Map.of());
      cluster.awaitReady();
      assertThat(topicNames(cluster.channel(4))).containsExactly("orders");
    }
  }

  private void assertStaysOut(Map<String, String> settings, ErrorReason problem, String... words)
      throws Exception {
    Broker broker = Broker.start(ConfigLoader.load(null, settings), (failed, cause) -> {});
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", broker.publicPort()).usePlaintext().build();
    try {
      await()
          .atMost(TestCluster.PATIENCE)
          .untilAsserted(
              () -> {
                BrokerError error = errorOf(() -> topicNames(channel));
                assertThat(error.reason()).isEqualTo(ErrorReason.ERROR_REASON_BROKER_STARTING);
                assertThat(error.metadata()).containsEntry("problem", Statuses.nameOf(problem));
                assertThat(error.message()).contains(words).doesNotContain("\n");
              });
      assertThat(broker.isReady()).isFalse();
      // It goes on trying, several times a second, and goes on saying the same.
      for (int i = 0; i < 300; i++) {
        assertThat(errorOf(() -> topicNames(channel)).message()).contains(words);
      }
    } finally {
      channel.shutdownNow();
      broker.kill();
    }
  }

  private static void assertRefused(ErrorReason reason, ThrowingCallable order, String... words) {
    BrokerError error = errorOf(order);
    assertThat(error.reason()).as(error.message()).isEqualTo(reason);
    assertThat(error.message()).contains(words).doesNotContain("\n");
  }

  private static BrokerError errorOf(ThrowingCallable order) {
    Throwable thrown = catchThrowable(order);
    assertThat(thrown).isNotNull();
    BrokerError error = Statuses.errorOf(thrown);
    assertThat(error).as("%s", thrown).isNotNull();
    return error;
  }

  private static OperationResponse drain(
      ClusterServiceGrpc.ClusterServiceBlockingStub stub, int broker) {
    return stub.drainBroker(DrainBrokerRequest.newBuilder().setBrokerId(broker).build());
  }

  private static OperationResponse decommission(
      ClusterServiceGrpc.ClusterServiceBlockingStub stub, int broker) {
    return stub.decommissionBroker(
        DecommissionBrokerRequest.newBuilder().setBrokerId(broker).build());
  }

  private static OperationResponse replication(
      ClusterServiceGrpc.ClusterServiceBlockingStub stub, String topic, int factor) {
    return stub.changeReplicationFactor(
        ChangeReplicationFactorRequest.newBuilder()
            .setTopic(topic)
            .setReplicationFactor(factor)
            .build());
  }

  private static OperationResponse move(
      ClusterServiceGrpc.ClusterServiceBlockingStub stub, List<Integer> brokers) {
    return stub.moveReplicas(
        MoveReplicasRequest.newBuilder()
            .addMoves(ReplicaMove.newBuilder().setTopic("orders").addAllBrokerIds(brokers))
            .build());
  }

  private static ClusterServiceGrpc.ClusterServiceBlockingStub stub(ManagedChannel channel) {
    return ClusterServiceGrpc.newBlockingStub(channel).withDeadlineAfter(60, TimeUnit.SECONDS);
  }
}
