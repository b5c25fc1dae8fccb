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
import dev.almadia.v1.Position;
import dev.almadia.v1.ProducerServiceGrpc;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
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
}
