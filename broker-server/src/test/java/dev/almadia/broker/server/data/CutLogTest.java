// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.almadia.broker.server.grpc.Statuses;
import dev.almadia.raft.shard.RaftNode;
import dev.almadia.v1.ConsumerServiceGrpc;
import dev.almadia.v1.Earliest;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.FetchRequest;
import dev.almadia.v1.FetchResponse;
import dev.almadia.v1.PartitionResult;
import dev.almadia.v1.Position;
import dev.almadia.v1.ProducerServiceGrpc;
import dev.almadia.v1.WriteOutcome;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Readers of a partition whose log was cut at its start. */
class CutLogTest {
  private static FetchResponse fetch(LiveCluster cluster, int broker, Position.Builder position) {
    return ConsumerServiceGrpc.newBlockingStub(cluster.channelTo(broker))
        .fetch(FetchRequest.newBuilder().setTopic("cut").setPosition(position).build());
  }

  private static Position.Builder at(long offset) {
    return Position.newBuilder().setOffset(offset);
  }

  @Test
  void whoAsksForWhatIsGoneIsToldHowMuchIsLost(@TempDir Path directory) throws Exception {
    try (LiveCluster cluster = new LiveCluster(directory, 3, DataLimits.DEFAULT)) {
      cluster.createTopic("cut", 1);
      for (int i = 0; i < 10; i++) {
        var unused =
            ProducerServiceGrpc.newBlockingStub(cluster.channelTo(1))
                .produce(DataServicesTest.request("cut", 0, "a" + i, "b" + i));
      }
      RaftNode leader = cluster.leaderOf("cut", 0).node();
      long group = cluster.groupOf("cut", 0);
      // Each request is an entry of two records.
      long index = leader.view(group).lastIndex() - 6;
      leader.advanceLogStart(group, index);
      await().until(() -> leader.view(group).firstIndex() == index + 1);

      for (int broker = 1; broker <= 3; broker++) {
        int asked = broker;
        StatusRuntimeException below =
            catchThrowableOfType(StatusRuntimeException.class, () -> fetch(cluster, asked, at(3)));
        assertThat(Statuses.errorOf(below).reason())
            .isEqualTo(ErrorReason.ERROR_REASON_OFFSET_OUT_OF_RANGE);
        assertThat(Statuses.errorOf(below).metadata())
            .containsEntry("requested", "3")
            .containsEntry("log_start_offset", "8")
            .containsEntry("lost_records", "5");
        FetchResponse left =
            fetch(
                cluster, broker, Position.newBuilder().setEarliest(Earliest.getDefaultInstance()));
        assertThat(left.getLogStartOffset()).isEqualTo(8);
        assertThat(DataServicesTest.values(left)).startsWith("a4", "b4").hasSize(12);
        assertThat(DataServicesTest.values(fetch(cluster, broker, at(9)))).startsWith("b4");
      }
    }
  }

  private static PartitionResult send(LiveCluster cluster, int broker, long sequence) {
    return ProducerServiceGrpc.newBlockingStub(cluster.channelTo(broker))
        .withDeadlineAfter(20, TimeUnit.SECONDS)
        .produce(
            DataServicesTest.request("cut", 0, "p" + sequence).toBuilder()
                .setProducerId("p")
                .setFirstSequence(sequence)
                .build())
        .getResults(0);
  }

  private static void assertDuplicate(LiveCluster cluster, int broker, long sequence) {
    PartitionResult result = send(cluster, broker, sequence);
    assertThat(result.getOutcome()).isEqualTo(WriteOutcome.WRITE_OUTCOME_DUPLICATE);
    assertThat(result.getFirstOffset()).isEqualTo(sequence - 1);
  }

  @Test
  void whatWasCutIsKnownToBeThereAlsoByWhoOnlyGotTheRest(@TempDir Path directory) throws Exception {
    try (LiveCluster cluster = new LiveCluster(directory, 3, DataLimits.DEFAULT)) {
      cluster.createTopic("cut", 1);
      long group = cluster.groupOf("cut", 0);
      for (long sequence = 1; sequence <= 10; sequence++) {
        assertThat(send(cluster, 1, sequence).getFirstOffset()).isEqualTo(sequence - 1);
      }
      int leader = cluster.leaderOf("cut", 0).brokerId();
      int late = 1 + leader % 3;
      cluster.kill(late);
      assertThat(send(cluster, leader, 11).getFirstOffset()).isEqualTo(10);
      RaftNode node = cluster.broker(leader).node();
      long index = node.view(group).commitIndex();
      node.advanceLogStart(group, index);
      await().until(() -> node.view(group).logStartOffset() == 11);
      assertDuplicate(cluster, leader, 3);

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
      List<Integer> others = List.of(late, 6 - leader - late);
      cluster.kill(others.get(1));
      assertThat(cluster.leaderOf("cut", 0).brokerId()).isIn(leader, late);
      for (int broker : List.of(late, leader)) {
        cluster.broker(broker).groups().transferLeadership(group, broker);
        assertDuplicate(cluster, broker, 10);
        assertDuplicate(cluster, broker, 11);
      }
      assertThat(send(cluster, late, 12).getFirstOffset()).isEqualTo(11);
      cluster.leaderOf("cut", 0).groups().transferLeadership(group, late);
      await()
          .atMost(20, TimeUnit.SECONDS)
          .until(
              () -> {
                cluster.leaderOf("cut", 0).groups().transferLeadership(group, late);
                return cluster.leaderOf("cut", 0).brokerId() == late;
              });
      assertDuplicate(cluster, leader, 1);
      assertDuplicate(cluster, leader, 12);
    }
  }
}
