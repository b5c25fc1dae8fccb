// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import dev.almadia.broker.server.Broker;
import dev.almadia.broker.server.StartupException;
import dev.almadia.broker.server.config.ConfigException;
import dev.almadia.broker.server.config.ConfigLoader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Three brokers in this process, each with its own ports on loopback and its own data directory.
 * One thread; {@link #stop} from any.
 */
final class DemoCluster {
  static final int BROKERS = 3;

  private static final int PORT_FIRST = 9400;
  private static final int PORT_END = 20_000;
  private static final int PORT_STEP = 10;
  private static final int PORTS_EACH = 3;

  private final Path directory;
  private final Map<Integer, List<Integer>> ports = new TreeMap<>();
  private final Map<Integer, Broker> brokers = new ConcurrentHashMap<>();
  private final AtomicReference<Throwable> fatal = new AtomicReference<>();

  DemoCluster(Path directory) throws IOException {
    this.directory = directory;
    List<Integer> chosen = choosePorts();
    for (int id = 1; id <= BROKERS; id++) {
      int first = (id - 1) * PORTS_EACH;
      ports.put(id, List.copyOf(chosen.subList(first, first + PORTS_EACH)));
    }
  }

  /**
   * The usual ports if all are free, else the first that are, in steps of 100. Not any free ones:
   * those that the system gives to outgoing connections could be taken while a broker is down.
   */
  private static List<Integer> choosePorts() throws IOException {
    IOException taken = new IOException("no ports");
    for (int first = PORT_FIRST; first < PORT_END; first += 100) {
      try {
        return freePorts(first);
      } catch (IOException e) {
        taken = e;
      }
    }
    throw taken;
  }

  private static List<Integer> freePorts(int first) throws IOException {
    List<ServerSocket> held = new ArrayList<>();
    List<Integer> ports = new ArrayList<>();
    try {
      for (int i = 0; i < BROKERS; i++) {
        for (int k = 0; k < PORTS_EACH; k++) {
          int port = first + i * PORT_STEP + k;
          held.add(bind(port));
          ports.add(port);
        }
      }
      return ports;
    } finally {
      for (ServerSocket socket : held) {
        socket.close();
      }
    }
  }

  private static ServerSocket bind(int port) throws IOException {
    ServerSocket socket = new ServerSocket();
    try {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** Starts a broker, or starts it again after a kill. */
  void start(int id) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("broker-id", String.valueOf(id));
    settings.put("data", directory.resolve("broker-" + id).toString());
    settings.put("listen", address(id, 0));
    settings.put("internal-listen", address(id, 1));
    settings.put("http-listen", address(id, 2));
    List<String> initial = new ArrayList<>();
    ports.keySet().forEach(other -> initial.add(other + "=" + address(other, 1)));
    settings.put("initial-brokers", String.join(",", initial));
    // Three brokers share one heap.
    settings.put("tail-cache-bytes", "16MiB");
    settings.put("inflight-bytes", "16MiB");
    settings.put("memtable-bytes", "16MiB");
    settings.put("block-cache-bytes", "16MiB");
    try {
      Broker broker =
          Broker.start(
              ConfigLoader.load(null, settings),
              (failed, cause) -> fatal.compareAndSet(null, cause));
      brokers.put(id, broker);
    } catch (ConfigException | StartupException e) {
      throw new CliException(
          ExitCode.FAILED, "broker " + id + " does not start: " + e.getMessage());
    }
  }

  private String address(int id, int which) {
    List<Integer> its = ports.getOrDefault(id, List.of());
    return "127.0.0.1:" + its.get(which);
  }

  /** Public address of a broker. */
  String endpoint(int id) {
    return address(id, 0);
  }

  /** Public addresses of all brokers, separated by commas. */
  String servers() {
    List<String> all = new ArrayList<>();
    ports.keySet().forEach(id -> all.add(endpoint(id)));
    return String.join(",", all);
  }

  /** Ends a broker as a kill of its process would. */
  void kill(int id) {
    Broker broker = brokers.remove(id);
    if (broker != null) {
      broker.kill();
    }
  }

  /** Stops all brokers gracefully. */
  void stop() {
    List<Thread> threads = new ArrayList<>();
    for (Broker broker : brokers.values()) {
      Thread thread = new Thread(broker::stop, "almadia-demo-stop");
      thread.start();
      threads.add(thread);
    }
    brokers.clear();
    try {
      for (Thread thread : threads) {
        thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What ended a broker that nobody killed, if one did. */
  @Nullable Throwable fatal() {
    return fatal.get();
  }
}
