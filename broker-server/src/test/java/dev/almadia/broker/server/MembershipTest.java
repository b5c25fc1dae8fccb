// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server;

import static dev.almadia.broker.server.BrokerClusterTest.awaitEqual;
import static dev.almadia.broker.server.BrokerClusterTest.awaitHealthy;
import static dev.almadia.broker.server.BrokerClusterTest.createTopic;
import static dev.almadia.broker.server.BrokerClusterTest.fetch;
import static dev.almadia.broker.server.BrokerClusterTest.produce;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.almadia.v1.Broker;
import dev.almadia.v1.ClusterServiceGrpc;
import dev.almadia.v1.ListBrokersRequest;
import io.grpc.Channel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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
      assertThat(brokers.get(3).getMetadataVoter()).isFalse();
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

  private static List<Broker> brokers(Channel channel) {
    return ClusterServiceGrpc.newBlockingStub(channel)
        .listBrokers(ListBrokersRequest.getDefaultInstance())
        .getBrokersList();
  }
}
