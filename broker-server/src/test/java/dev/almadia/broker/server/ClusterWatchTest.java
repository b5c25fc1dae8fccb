// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server;

import static dev.almadia.broker.server.BrokerClusterTest.createTopic;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.almadia.broker.server.grpc.Statuses;
import dev.almadia.v1.ClusterEvent;
import dev.almadia.v1.ClusterServiceGrpc;
import dev.almadia.v1.DrainBrokerRequest;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.WatchClusterRequest;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a watch of the cluster tells, as its reader gets it. */
class ClusterWatchTest {
  @TempDir Path folder;

  @Test
  void brokersLeadersAndOperationsAreTold() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3).startAll()) {
      createTopic(cluster.channel(1), "orders", 3);
      // A channel of its own: the cluster's ends before its broker does.
      ManagedChannel channel =
          NettyChannelBuilder.forAddress("127.0.0.1", cluster.broker(1).publicPort())
              .usePlaintext()
              .build();
      Watch watch = new Watch(channel, false);
      watch.headers.get(20, TimeUnit.SECONDS);
      assertThat(watch.events).isEmpty();

      cluster.join(4, Map.of());
      watch.await("BROKER_JOINED", "brokers/4");

      var drained =
          ClusterServiceGrpc.newBlockingStub(cluster.channel(2))
              .drainBroker(DrainBrokerRequest.newBuilder().setBrokerId(2).build());
      String operation = drained.getOperation().getName();
      watch.await("OPERATION_BEGUN", operation);
      watch.await("BROKER_DRAINING", "brokers/2");
      watch.await("OPERATION_ENDED", operation);

      cluster.kill(3);
      watch.await("BROKER_DOWN", "brokers/3");
      await()
          .atMost(TestCluster.PATIENCE)
          .until(() -> watch.events.stream().anyMatch(ClusterWatchTest::isElection));
      cluster.start(3);
      watch.await("BROKER_UP", "brokers/3");
      createTopic(cluster.channel(1), "more", 1);
      watch.await("TOPIC_CREATED", "topics/more");
      assertThat(watch.events).allMatch(event -> event.getTimeMs() > 0);

      Watch late = new Watch(cluster.channel(1), true);
      late.await("BROKER_PRESENT", "brokers/4");
      late.call.cancel("enough", null);
      assertThat(watch.ended).isNotDone();
      cluster.stop(1);
      assertThat(watch.ended.get(20, TimeUnit.SECONDS).getCode())
          .isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(watch.reason()).isEqualTo(ErrorReason.ERROR_REASON_BROKER_STOPPING);
      channel.shutdownNow();
    }
  }

  private static boolean isElection(ClusterEvent event) {
    return event.getType().equals("LEADER_CHANGED")
        && event.getResource().startsWith("topics/orders/partitions/");
  }

  /** A reader that takes everything. */
  private static final class Watch extends ClientCall.Listener<ClusterEvent> {
    final CompletableFuture<Metadata> headers = new CompletableFuture<>();
    final CompletableFuture<Status> ended = new CompletableFuture<>();
    final List<ClusterEvent> events = new CopyOnWriteArrayList<>();
    final ClientCall<WatchClusterRequest, ClusterEvent> call;
    private volatile Metadata trailers = new Metadata();

    Watch(ManagedChannel channel, boolean includePresent) {
      call = channel.newCall(ClusterServiceGrpc.getWatchClusterMethod(), CallOptions.DEFAULT);
      call.start(this, new Metadata());
      call.sendMessage(WatchClusterRequest.newBuilder().setIncludePresent(includePresent).build());
      call.halfClose();
      call.request(1_000_000);
    }

    ErrorReason reason() {
      return Statuses.errorOf(ended.join().asRuntimeException(trailers)).reason();
    }

    void await(String type, String resource) {
      org.awaitility.Awaitility.await(type + " " + resource)
          .atMost(TestCluster.PATIENCE)
          .until(
              () ->
                  events.stream()
                      .anyMatch(
                          event ->
                              event.getType().equals(type)
                                  && event.getResource().equals(resource)));
    }

    @Override
    public void onHeaders(Metadata received) {
      headers.complete(received);
    }

    @Override
    public void onMessage(ClusterEvent event) {
      events.add(event);
    }

    @Override
    public void onClose(Status status, Metadata received) {
      trailers = received;
      ended.complete(status);
    }
  }
}
