// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.almadia.broker.server.config.ConfigLoader;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.StreamObserver;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What stands in the way of a start, and what a started broker shows to machines. */
class BrokerStartTest {
  @TempDir Path folder;

  @Test
  void aPortInUseIsNamedWithItsSettingAndNothingIsLeftBehind() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 1);
        ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      for (String setting : List.of("listen", "internal-listen", "http-listen")) {
        Map<String, String> settings = cluster.settings(1);
        settings.put(setting, "127.0.0.1:" + taken.getLocalPort());
        assertThatThrownBy(() -> Broker.start(ConfigLoader.load(null, settings)))
            .isInstanceOf(StartupException.class)
            .hasMessage(
                "cannot listen on 127.0.0.1:%d (setting %s): port %d is in use by another"
                    + " process; end it or set another port",
                taken.getLocalPort(), setting, taken.getLocalPort());
      }
      cluster.startAll();
      assertThat(cluster.broker(1).isReady()).isTrue();
    }
  }

  @Test
  void aDirectoryInUseOrOfAnotherBrokerIsRefused() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 1).startAll()) {
      assertThatThrownBy(() -> Broker.start(ConfigLoader.load(null, cluster.settings(1))))
          .isInstanceOf(StartupException.class)
          .hasMessageContaining("is in use by this process");
      cluster.stop(1);
      Map<String, String> other = cluster.settings(1);
      other.put("broker-id", "2");
      other.put("initial-brokers", "2=127.0.0.1:" + cluster.internalPort(1));
      assertThatThrownBy(() -> Broker.start(ConfigLoader.load(null, other)))
          .isInstanceOf(StartupException.class)
          .hasMessageContaining("belongs to broker 1, this is broker 2");
    }
  }

  @Test
  void machinesSeeMetricsHealthAndTheSchema() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 1).startAll()) {
      BrokerClusterTest.createTopic(cluster.channel(1), "seen", 1);
      var unused = BrokerClusterTest.produce(cluster.channel(1), "seen", 0, "x");

      String metrics = get(cluster, "/metrics").body();
      assertThat(metrics)
          .contains("almadia_shard_commits_total{shard=")
          .contains("almadia_log_syncs_total")
          .contains("almadia_record_ids 0.0")
          .contains(
              "almadia_grpc_server_calls_seconds_count{"
                  + "method=\"almadia.v1.ProducerService/Produce\",port=\"public\",status=\"OK\"}");
      assertThat(get(cluster, "/health/live").body()).contains("\"UP\"");
      assertThat(get(cluster, "/health/ready").statusCode()).isEqualTo(200);
      assertThat(get(cluster, "/nothing").statusCode()).isEqualTo(404);
      HealthCheckResponse health =
          HealthGrpc.newBlockingStub(cluster.channel(1))
              .check(
                  HealthCheckRequest.newBuilder().setService("almadia.v1.ProducerService").build());
      assertThat(health.getStatus()).isEqualTo(HealthCheckResponse.ServingStatus.SERVING);
      assertThat(services(cluster))
          .contains(
              "almadia.v1.ProducerService",
              "almadia.v1.ConsumerService",
              "almadia.v1.TopicService",
              "almadia.v1.ClusterService",
              "grpc.health.v1.Health")
          .noneMatch(name -> name.startsWith("almadia.internal"));
    }
  }

  @Test
  void aBrokerIdInUseIsNotTakenOver() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3).startAll()) {
      BrokerClusterTest.createTopic(cluster.channel(1), "t", 1);
      Map<String, String> settings = cluster.settings(3);
      settings.put("data", folder.resolve("empty").toString());
      settings.put("internal-listen", "127.0.0.1:0");

      Broker stranger = Broker.start(ConfigLoader.load(null, settings), (broker, cause) -> {});
      try {
        // Its broker id belongs to one that is alive, so it can neither vote nor serve.
        await()
            .during(2, TimeUnit.SECONDS)
            .atMost(10, TimeUnit.SECONDS)
            .until(() -> !stranger.isReady());
        assertThat(BrokerClusterTest.produce(cluster.channel(1), "t", 0, "x")).isZero();
      } finally {
        stranger.kill();
      }
    }
  }

  @Test
  void aBrokerOfAnotherClusterIsNotLinked() throws Exception {
    Path otherFolder = folder.resolve("other");
    try (TestCluster mine = new TestCluster(folder.resolve("mine"), 3).startAll();
        TestCluster other = new TestCluster(otherFolder, 1).startAll()) {
      // Broker 1 of the other cluster is told that brokers 2 and 3 of this one are its peers.
      other.stop(1);
      mine.stop(1);
      Map<String, String> settings = other.settings(1);
      settings.put("internal-listen", "127.0.0.1:" + mine.internalPort(1));
      settings.put("initial-brokers", mine.settings(1).get("initial-brokers"));
      Broker foreign = Broker.start(ConfigLoader.load(null, settings), (broker, cause) -> {});
      try {
        BrokerClusterTest.createTopic(mine.channel(2), "t", 1);
        assertThat(mine.running()).containsExactly(2, 3);
        await()
            .during(1, TimeUnit.SECONDS)
            .atMost(10, TimeUnit.SECONDS)
            .until(() -> !isLinked(foreign, 2) && !isLinked(foreign, 3));
      } finally {
        foreign.kill();
      }
    }
  }

  @Test
  void aPeerThatIsNoBrokerIsTriedAgainUntilItIsOne() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 2)) {
      ServerSocket stranger =
          new ServerSocket(cluster.internalPort(2), 10, InetAddress.getLoopbackAddress());
      Thread answering = new Thread(() -> answerLikeAWebServer(stranger));
      answering.start();
      Broker first = cluster.start(1);
      await().atMost(TestCluster.PATIENCE).until(() -> scrape(first).contains("peer=\"2\""));
      assertThat(first.isReady()).isFalse();
      stranger.close();
      answering.join();

      cluster.start(2);
      cluster.awaitReady();
    }
  }

  private static boolean isLinked(Broker broker, int peer) throws Exception {
    return scrape(broker).contains("almadia_peer_connected{peer=\"" + peer + "\"} 1.0");
  }

  private static void answerLikeAWebServer(ServerSocket server) {
    while (!server.isClosed()) {
      try (Socket socket = server.accept();
          OutputStream out = socket.getOutputStream()) {
        out.write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      } catch (java.io.IOException e) {
        continue; // closed by the test, or by the broker
      }
    }
  }

  private static String scrape(Broker broker) throws Exception {
    return get(broker.httpPort(), "/metrics").body();
  }

  private static HttpResponse<String> get(TestCluster cluster, String path) throws Exception {
    return get(cluster.broker(1).httpPort(), path);
  }

  private static HttpResponse<String> get(int port, String path) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
            HttpResponse.BodyHandlers.ofString());
  }

  private static List<String> services(TestCluster cluster) throws Exception {
    CompletableFuture<List<String>> names = new CompletableFuture<>();
    StreamObserver<ServerReflectionRequest> ask =
        ServerReflectionGrpc.newStub(cluster.channel(1))
            .serverReflectionInfo(
                new StreamObserver<>() {
                  @Override
                  public void onNext(ServerReflectionResponse response) {
                    names.complete(
                        response.getListServicesResponse().getServiceList().stream()
                            .map(service -> service.getName())
                            .toList());
                  }

                  @Override
                  public void onError(Throwable thrown) {
                    names.completeExceptionally(thrown);
                  }

                  @Override
                  public void onCompleted() {}
                });
    ask.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
    List<String> found = names.get(10, TimeUnit.SECONDS);
    ask.onCompleted();
    return found;
  }
}
