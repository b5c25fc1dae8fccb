// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server;

import static dev.almadia.broker.server.BrokerClusterTest.awaitEqual;
import static dev.almadia.broker.server.BrokerClusterTest.awaitHealthy;
import static dev.almadia.broker.server.BrokerClusterTest.createTopic;
import static dev.almadia.broker.server.BrokerClusterTest.fetch;
import static dev.almadia.broker.server.BrokerClusterTest.produce;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.server.grpc.Statuses;
import dev.almadia.v1.ClusterServiceGrpc;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.ForcedLine;
import dev.almadia.v1.GetClusterRequest;
import dev.almadia.v1.GetOperationRequest;
import dev.almadia.v1.OperationState;
import dev.almadia.v1.RecoverPlan;
import dev.almadia.v1.UnsafeRecoverRequest;
import dev.almadia.v1.UnsafeRecoverResponse;
import io.grpc.ManagedChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Majorities that are lost for good, and what is left going on alone. */
class UnsafeRecoveryTest {
  @TempDir Path folder;

  @Test
  void theLastBrokerOfThreeGoesOnAndTheOthersJoinAnewWithEmptyDisks() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3).startAll()) {
      createTopic(cluster.channel(1), "orders", 2);
      for (int i = 0; i < 20; i++) {
        assertThat(produce(cluster.channel(1), "orders", i % 2, "v" + i)).isEqualTo(i / 2);
      }
      awaitEqual(cluster.channel(1), "orders", 0, 10);
      awaitEqual(cluster.channel(1), "orders", 1, 10);
      cluster.kill(1);
      cluster.kill(2);
      ManagedChannel left = cluster.channel(3);

      UnsafeRecoverResponse plan = awaitPlan(left, 1, 2);
      assertThat(plan.getPartitionsList())
          .extracting(RecoverPlan::getTopic)
          .containsExactly("", "orders", "orders");
      assertThat(plan.getPartitionsList())
          .allSatisfy(
              one -> {
                assertThat(one.getSurvivorBrokerId()).isEqualTo(3);
                assertThat(one.getLoss()).contains("[1, 2]").doesNotContain("\n");
              });
      assertThat(plan.getPartitions(1).getKeptEndOffset()).isEqualTo(10);
      assertRefused(
          ErrorReason.ERROR_REASON_CONFIRMATION_NEEDED, () -> recover(left, "lose-1-2-else", 1, 2));

      UnsafeRecoverResponse done = recover(left, plan.getConfirm(), 1, 2);

      assertThat(done.getPartitionsList()).noneMatch(one -> one.getLoss().startsWith("not forced"));
      assertThat(
              stub(left)
                  .getOperation(
                      GetOperationRequest.newBuilder()
                          .setName(done.getOperation().getName())
                          .setWaitMs(20_000)
                          .build())
                  .getState())
          .isEqualTo(OperationState.OPERATION_STATE_DONE);
      assertThat(done.getOperation().getKind()).isEqualTo("recover");
      assertThat(produce(left, "orders", 0, "alone")).isEqualTo(10);
      assertThat(fetch(left, "orders", 1)).hasSize(10).contains("v1", "v19");
      await()
          .atMost(TestCluster.PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(
                          stub(left)
                              .getCluster(GetClusterRequest.getDefaultInstance())
                              .getForcedList())
                      .extracting(ForcedLine::getMessage)
                      .anyMatch(text -> text.contains("brokers [1, 2] are given up"))
                      .anyMatch(text -> text.contains("2 of 2 partitions were forced")));

      cluster.start(1);
      await()
          .atMost(TestCluster.PATIENCE)
          .untilAsserted(
              () ->
                  assertRefused(
                      ErrorReason.ERROR_REASON_BROKER_DECOMMISSIONED,
                      () -> BrokerClusterTest.topicNames(cluster.channel(1))));
      cluster.kill(1);
      cluster.wipe(1);
      cluster.wipe(2);
      cluster.start(1);
      cluster.start(2);
      cluster.awaitReady();
      awaitEqual(left, "orders", 0, 11);
      awaitEqual(left, "orders", 1, 10);
      awaitHealthy(left);
    }
  }

  @Test
  void whereTheMetadataHaveAQuorumOnlyThePartitionsWithoutOneAreForced() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 5).startAll()) {
      createTopic(cluster.channel(1), "orders", 10);
      for (int partition = 0; partition < 10; partition++) {
        assertThat(produce(cluster.channel(1), "orders", partition, "v")).isZero();
        awaitEqual(cluster.channel(1), "orders", partition, 1);
      }
      List<List<Integer>> holders =
          BrokerClusterTest.partitions(cluster.channel(1), "orders").stream()
              .map(one -> one.getTargetBrokerIdsList())
              .toList();
      long lost = holders.stream().filter(ids -> ids.containsAll(List.of(4, 5))).count();
      assertThat(lost).isBetween(1L, 9L);
      cluster.kill(4);
      cluster.kill(5);

      UnsafeRecoverResponse plan = awaitPlan(cluster.channel(2), 4, 5);
      assertThat(plan.getPartitionsList())
          .hasSize((int) lost)
          .noneMatch(one -> one.getTopic().isEmpty());
      UnsafeRecoverResponse done = recover(cluster.channel(2), plan.getConfirm(), 4, 5);

      assertThat(done.getPartitionsList()).noneMatch(one -> one.getLoss().startsWith("not forced"));
      for (int partition = 0; partition < 10; partition++) {
        assertThat(produce(cluster.channel(1), "orders", partition, "w")).isEqualTo(1);
      }
      assertThat(awaitPlan(cluster.channel(3), 4, 5).getPartitionsList()).isEmpty();
    }
  }

  @Test
  void brokersThatAreAliveOrUnknownAreNotGivenUp() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3).startAll()) {
      assertRefused(ErrorReason.ERROR_REASON_QUORUM_AT_RISK, () -> plan(cluster.channel(1), 2, 3));
      assertRefused(ErrorReason.ERROR_REASON_BROKER_NOT_FOUND, () -> plan(cluster.channel(1), 9));
      assertRefused(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, () -> plan(cluster.channel(1)));
      cluster.kill(2);
      cluster.kill(3);
      await()
          .atMost(TestCluster.PATIENCE)
          .untilAsserted(
              () -> {
                BrokerError error = errorOf(() -> plan(cluster.channel(1), 2));
                assertThat(error.message()).contains("Broker 3 does not answer", "name it as lost");
              });
    }
  }

  /** When the broker that is asked has noticed that the others are gone. */
  private static UnsafeRecoverResponse awaitPlan(ManagedChannel channel, int... lost) {
    await()
        .atMost(TestCluster.PATIENCE)
        .until(() -> catchThrowable(() -> plan(channel, lost)) == null);
    return plan(channel, lost);
  }

  private static UnsafeRecoverResponse plan(ManagedChannel channel, int... lost) {
    UnsafeRecoverRequest.Builder request = UnsafeRecoverRequest.newBuilder().setValidateOnly(true);
    for (int broker : lost) {
      request.addLostBrokerIds(broker);
    }
    return stub(channel).unsafeRecover(request.build());
  }

  private static UnsafeRecoverResponse recover(
      ManagedChannel channel, String confirm, int... lost) {
    UnsafeRecoverRequest.Builder request = UnsafeRecoverRequest.newBuilder().setConfirm(confirm);
    for (int broker : lost) {
      request.addLostBrokerIds(broker);
    }
    return stub(channel).unsafeRecover(request.build());
  }

  private static void assertRefused(ErrorReason reason, ThrowingCallable order) {
    BrokerError error = errorOf(order);
    assertThat(error.reason()).as(error.message()).isEqualTo(reason);
    assertThat(error.message()).doesNotContain("\n");
  }

  private static BrokerError errorOf(ThrowingCallable order) {
    Throwable thrown = catchThrowable(order);
    assertThat(thrown).isNotNull();
    BrokerError error = Statuses.errorOf(thrown);
    assertThat(error).as("%s", thrown).isNotNull();
    return error;
  }

  private static ClusterServiceGrpc.ClusterServiceBlockingStub stub(ManagedChannel channel) {
    return ClusterServiceGrpc.newBlockingStub(channel).withDeadlineAfter(40, TimeUnit.SECONDS);
  }
}
