// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.simulation.cluster.ClusterOptions;
import dev.almadia.simulation.cluster.Convergence;
import dev.almadia.simulation.cluster.SimBroker;
import dev.almadia.simulation.cluster.SimCluster;
import dev.almadia.simulation.kernel.SimProcess;
import dev.almadia.simulation.kernel.SimRandom;
import dev.almadia.v1.CreateTopicRequest;
import dev.almadia.v1.CreateTopicResponse;
import dev.almadia.v1.Topic;
import dev.almadia.v1.TopicServiceGrpc;
import io.grpc.stub.StreamObserver;
import java.util.List;

/** Clusters that run, have come to rest, and have a topic. */
final class Clusters {
  private static final long REST_MILLIS_MAX = 60_000;

  private Clusters() {}

  static SimCluster resting(SimRandom random, int brokers) {
    ClusterOptions drawn = ClusterOptions.draw(random.split("options"));
    ClusterOptions options =
        new ClusterOptions(
            brokers,
            drawn.shards(),
            drawn.limits(),
            drawn.syncMicrosMax(),
            drawn.turnMicrosMax(),
            drawn.datagrams(),
            drawn.linkMillisMean(),
            drawn.clockDriftPpmMax());
    SimCluster cluster = new SimCluster(random, options, null);
    cluster.brokers().forEach(SimBroker::start);
    List<Integer> all = cluster.brokers().stream().map(SimBroker::id).toList();
    rests(cluster, all);
    createTopic(cluster);
    rests(cluster, all);
    return cluster;
  }

  static void rests(SimCluster cluster, List<Integer> healthy) {
    Convergence convergence = Convergence.atRest(cluster, healthy);
    boolean rested = cluster.runUntil(REST_MILLIS_MAX, () -> convergence.missing() == null);
    assertThat(cluster.world().violations().first()).isNull();
    assertThat(rested).as(() -> String.valueOf(convergence.missing())).isTrue();
  }

  private static void createTopic(SimCluster cluster) {
    SimProcess client = cluster.newClient();
    TopicServiceGrpc.newStub(cluster.channel(client, 1))
        .createTopic(
            CreateTopicRequest.newBuilder()
                .setTopic(Topic.newBuilder().setTopic("orders").setPartitions(3))
                .build(),
            new Ignored());
    boolean created =
        cluster.runUntil(10_000, () -> cluster.image().topics().containsKey("orders"));
    assertThat(created).isTrue();
  }

  private static final class Ignored implements StreamObserver<CreateTopicResponse> {
    @Override
    public void onNext(CreateTopicResponse answer) {}

    @Override
    public void onError(Throwable thrown) {}

    @Override
    public void onCompleted() {}
  }
}
