// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.almadia.broker.server.config.ConfigException;
import dev.almadia.broker.server.config.ConfigLoader;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** Brokers in this process, on loopback, each with its own directory. */
final class TestCluster implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Path folder;
  private final Map<Integer, Integer> internalPorts = new TreeMap<>();
  private final Map<Integer, Broker> brokers = new ConcurrentHashMap<>();
  private final Map<Integer, ManagedChannel> channels = new ConcurrentHashMap<>();
  private final Map<String, String> more = new TreeMap<>();
  final List<Throwable> fatal = new ArrayList<>();

  TestCluster(Path folder, int count) throws IOException {
    this.folder = folder;
    List<Integer> ports = FreePorts.choose(count);
    for (int id = 1; id <= count; id++) {
      internalPorts.put(id, ports.get(id - 1));
    }
  }

  Map<String, String> settings(int id) {
    Map<String, String> settings = new HashMap<>();
    settings.put("broker-id", String.valueOf(id));
    settings.put("data", folder.resolve("broker-" + id).toString());
    settings.put("listen", "127.0.0.1:0");
    settings.put("internal-listen", "127.0.0.1:" + internalPorts.get(id));
    settings.put("http-listen", "127.0.0.1:0");
    List<String> initial = new ArrayList<>();
    internalPorts.forEach((other, port) -> initial.add(other + "=127.0.0.1:" + port));
    settings.put("initial-brokers", String.join(",", initial));
    settings.put("tick-ms", "20");
    settings.put("heartbeat-ms", "60");
    settings.put("election-timeout-ms", "600");
    settings.put("tail-cache-bytes", "8MiB");
    settings.put("memtable-bytes", "4MiB");
    settings.put("block-cache-bytes", "8MiB");
    settings.put("disk-reserve-bytes", "0");
    settings.putAll(more);
    return settings;
  }

  /** All brokers get this setting when they start. */
  TestCluster with(String key, String value) {
    more.put(key, value);
    return this;
  }

  /** Starts a broker that none of the others was told of; it joins through broker 1. */
  Broker join(int id, Map<String, String> more) throws Exception {
    Map<String, String> settings = settings(id);
    settings.put("internal-listen", "127.0.0.1:0");
    settings.remove("initial-brokers");
    settings.put("join", "127.0.0.1:" + internalPorts.get(1));
    settings.putAll(more);
    return start(id, settings);
  }

  /** Its disk is lost. */
  void wipe(int id) throws IOException {
    try (Stream<Path> files = Files.walk(folder.resolve("broker-" + id))) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  int internalPort(int id) {
    return internalPorts.get(id);
  }

  Broker start(int id) throws ConfigException, StartupException {
    return start(id, settings(id));
  }

  private Broker start(int id, Map<String, String> settings)
      throws ConfigException, StartupException {
    Broker broker =
        Broker.start(
            ConfigLoader.load(null, settings),
            (failed, cause) -> {
              synchronized (fatal) {
                fatal.add(cause);
              }
            });
    brokers.put(id, broker);
    return broker;
  }

  TestCluster startAll() throws ConfigException, StartupException {
    for (int id : internalPorts.keySet()) {
      start(id);
    }
    awaitReady();
    return this;
  }

  void awaitReady() {
    await().atMost(PATIENCE).until(() -> brokers.values().stream().allMatch(Broker::isReady));
  }

  Broker broker(int id) {
    return brokers.get(id);
  }

  ManagedChannel channel(int id) {
    return channels.computeIfAbsent(
        id,
        unused ->
            NettyChannelBuilder.forAddress("127.0.0.1", broker(id).publicPort())
                .usePlaintext()
                .build());
  }

  void kill(int id) {
    closeChannel(id);
    brokers.remove(id).kill();
  }

  void stop(int id) {
    closeChannel(id);
    brokers.remove(id).stop();
  }

  private void closeChannel(int id) {
    ManagedChannel channel = channels.remove(id);
    if (channel != null) {
      channel.shutdownNow();
    }
  }

  List<Integer> running() {
    return brokers.keySet().stream().sorted().toList();
  }

  @Override
  public void close() {
    channels.values().forEach(ManagedChannel::shutdownNow);
    brokers.values().forEach(Broker::kill);
    synchronized (fatal) {
      assertThat(fatal).isEmpty();
    }
  }
}
