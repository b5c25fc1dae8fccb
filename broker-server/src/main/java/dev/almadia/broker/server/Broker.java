// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server;

import dev.almadia.broker.server.config.BrokerConfig;
import dev.almadia.broker.server.config.Endpoint;
import dev.almadia.broker.server.grpc.GrpcServers;
import dev.almadia.broker.server.http.HttpEndpoint;
import dev.almadia.broker.server.runtime.Logs;
import dev.almadia.broker.server.runtime.RunningBroker;
import dev.almadia.broker.server.runtime.SystemPlatform;
import dev.almadia.internal.v1.BrokerRegistration;
import dev.almadia.raft.store.StoreException;
import dev.almadia.storage.DataDirectory;
import dev.almadia.storage.RocksLogStore;
import dev.almadia.storage.StoreOptions;
import io.grpc.Server;
import io.grpc.protobuf.services.HealthStatusManager;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running broker. Any thread may call.
 *
 * <p>Start: directory and its lock, store, parts, ports, then threads; what fails takes back what
 * was there. Stop: new calls are refused, leaders handed over, what is under way answered, groups
 * ended, then links, threads, store and directory. Kill: ports and links first, so that nothing
 * more leaves, then the rest without a word to anybody.
 */
public final class Broker {
  private static final Logger LOG = LoggerFactory.getLogger(Broker.class);

  /** For calls to end by themselves: more than the grace that streams are given. */
  private static final long CALLS_END_MS = 2_000;

  /** For answers that are made already to be sent. */
  private static final long ANSWERS_MS = 1_000;

  private static final int DUMP_LINES = 200;

  private final BrokerConfig config;
  private final FatalHandler fatalHandler;
  private final PrometheusMeterRegistry meters =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final HealthStatusManager health = new HealthStatusManager();
  private final DataDirectory directory;
  private final RocksLogStore store;
  private final RunningBroker running;
  private final BrokerServices services;
  private final AtomicBoolean ending = new AtomicBoolean();
  private final AtomicBoolean failed = new AtomicBoolean();
  private final CountDownLatch ended = new CountDownLatch(1);
  private @Nullable Server publicServer;
  private @Nullable Server internalServer;
  private @Nullable HttpEndpoint http;

  private Broker(
      BrokerConfig config,
      FatalHandler fatalHandler,
      DataDirectory directory,
      RocksLogStore store) {
    this.config = config;
    this.fatalHandler = fatalHandler;
    this.directory = directory;
    this.store = store;
    new JvmMemoryMetrics().bindTo(meters);
    new JvmThreadMetrics().bindTo(meters);
    new ProcessorMetrics().bindTo(meters);
    SystemPlatform platform = new SystemPlatform(config, meters, this::onFatal);
    running =
        new RunningBroker(
            config,
            new RunningBroker.Base(identity(directory), store, meters, platform),
            this::onFatal);
    services = new BrokerServices(config, running);
  }

  private static BrokerIdentity identity(DataDirectory directory) {
    return new BrokerIdentity() {
      @Override
      public String incarnation() {
        return directory.incarnation().toString();
      }

      @Override
      public String clusterId() {
        return directory.clusterId();
      }

      @Override
      public void setClusterId(String clusterId) {
        directory.setClusterId(clusterId);
      }

      @Override
      public SortedMap<Integer, String> formedWith() {
        return directory.formedWith();
      }

      @Override
      public void setFormedWith(SortedMap<Integer, String> incarnations) {
        directory.setFormedWith(incarnations);
      }
    };
  }

  /**
   * Starts a broker, and returns when its ports are open; the cluster may not have formed yet. A
   * failed write or a broken invariant ends the process.
   *
   * @throws StartupException if it cannot start; nothing is left behind
   */
  public static Broker start(BrokerConfig config) throws StartupException {
    Logs.takeOver(config.logFormat());
    return start(config, FatalHandler.haltProcess());
  }

  /** The same, for a process that is more than this broker (a demo, a test). */
  public static Broker start(BrokerConfig config, FatalHandler fatalHandler)
      throws StartupException {
    DataDirectory directory = null;
    RocksLogStore store = null;
    try {
      directory = DataDirectory.open(config.data(), config.brokerId());
      store = RocksLogStore.open(directory, storeOptions(config.memory()));
    } catch (StoreException e) {
      if (directory != null) {
        directory.close();
      }
      throw new StartupException(String.valueOf(e.getMessage()), e);
    }
    Broker broker = new Broker(config, fatalHandler, directory, store);
    try {
      broker.open();
      return broker;
    } catch (StartupException | RuntimeException e) {
      broker.kill();
      throw e;
    }
  }

  private static StoreOptions storeOptions(BrokerConfig.Memory memory) {
    StoreOptions sized = StoreOptions.defaults().withMemtableBytes(memory.memtableBytes());
    return new StoreOptions(
        sized.memtableBytes(),
        sized.memtableTotalBytes(),
        memory.blockCacheBytes(),
        sized.walTotalBytesMax(),
        sized.blockBytes(),
        sized.level0Files(),
        sized.levelBaseBytes(),
        sized.fileBytes(),
        sized.openFilesMax(),
        sized.recycledWalFiles(),
        sized.markRounds());
  }

  private void open() throws StartupException {
    BrokerConfig.Network network = config.network();
    GrpcServers servers =
        new GrpcServers(meters, running::refusalOf, config.limits().maxCallsPerConnection());
    internalServer = servers.startInternal(network.internalListen(), services.forBrokers());
    publicServer = servers.startPublic(network.listen(), services.forClients(), health);
    GrpcServers.setServing(health, services.forClients(), true);
    Endpoint httpListen = network.httpListen();
    if (httpListen != null) {
      http =
          HttpEndpoint.start(
              httpListen,
              "almadia-" + config.brokerId() + "-",
              new HttpEndpoint.Content(
                  meters::scrape,
                  Map.of(
                      "member", running::isReady,
                      "metadata_leader", running::hasMetadataLeader)));
    }
    running.start(registration());
    LOG.info(
        "broker {} listens on {} (clients), {} (brokers), http {}; data in {}",
        config.brokerId(),
        network.listen().withPort(publicPort()),
        network.internalListen().withPort(internalPort()),
        httpPort() == 0 ? "off" : httpPort(),
        config.data());
  }

  private BrokerRegistration registration() {
    BrokerConfig.Network network = config.network();
    Endpoint told = network.advertise();
    Endpoint toldInternal = network.internalAdvertise();
    Endpoint httpListen = network.httpListen();
    Endpoint open = told == null ? network.listen().withPort(publicPort()) : told;
    return BrokerRegistration.newBuilder()
        .setBrokerId(config.brokerId())
        .setIncarnation(directory.incarnation().toString())
        .setEndpoint(open.toString())
        .setInternalEndpoint(
            (toldInternal == null
                    ? network.internalListen().withPort(internalPort())
                    : toldInternal)
                .toString())
        .setHttpEndpoint(
            httpListen == null
                ? ""
                : new Endpoint(
                        httpListen.isWildcard() ? open.host() : httpListen.host(), httpPort())
                    .toString())
        .setVersion(Version.current())
        .setZone(config.zone())
        .build();
  }

  /** What it was started with. */
  public BrokerConfig config() {
    return config;
  }

  /** Port of the public gRPC address, also if the configuration says 0. */
  public int publicPort() {
    return portOf(publicServer, config.network().listen());
  }

  /** Port of the internal gRPC address. */
  public int internalPort() {
    return portOf(internalServer, config.network().internalListen());
  }

  /** Port of the HTTP address, 0 if it is off. */
  public int httpPort() {
    HttpEndpoint endpoint = http;
    return endpoint == null ? 0 : endpoint.port();
  }

  private static int portOf(@Nullable Server server, Endpoint configured) {
    return server == null || server.getPort() < 0 ? configured.port() : server.getPort();
  }

  /** Whether the broker is known to the cluster and holds its metadata. */
  public boolean isReady() {
    return running.isReady();
  }

  /**
   * Stops gracefully: new calls are refused, streams say going_away, leaders are handed over, then
   * all is closed. Blocks until done; bounded by stop-ms and a little. A second call waits for the
   * first.
   */
  public void stop() {
    if (!ending.compareAndSet(false, true)) {
      awaitQuietly();
      return;
    }
    LOG.info("broker {} stops", config.brokerId());
    running.beginStop();
    GrpcServers.setServing(health, services.forClients(), false);
    running.handOver(config.timing().stopMs());
    Server open = publicServer;
    if (open != null) {
      // Before the groups end: what was appended before a leader was handed over is answered when
      // this replica hears that it is committed.
      open.shutdown();
      awaitEnd(open, CALLS_END_MS);
      running.stopGroups();
      awaitEnd(open, ANSWERS_MS);
    }
    close();
    LOG.info("broker {} has stopped", config.brokerId());
  }

  private static void awaitEnd(Server server, long millisMax) {
    try {
      boolean unused = server.awaitTermination(millisMax, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends as if the process was killed: sockets and store are closed, nothing is handed over. */
  public void kill() {
    if (!ending.compareAndSet(false, true)) {
      awaitQuietly();
      return;
    }
    close();
  }

  /** Ports first: from here on nothing leaves. */
  private void close() {
    running.beginStop();
    shutdownNow(publicServer);
    shutdownNow(internalServer);
    HttpEndpoint endpoint = http;
    if (endpoint != null) {
      endpoint.close();
    }
    running.close();
    services.close();
    shutdownAwait(publicServer);
    shutdownAwait(internalServer);
    try {
      store.close();
    } finally {
      directory.close();
      meters.close();
      ended.countDown();
    }
  }

  private static void shutdownNow(@Nullable Server server) {
    if (server != null) {
      server.shutdownNow();
    }
  }

  private static void shutdownAwait(@Nullable Server server) {
    if (server != null) {
      awaitEnd(server, ANSWERS_MS);
    }
  }

  private void awaitQuietly() {
    try {
      ended.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits until the broker has stopped, was killed, or failed. */
  public void awaitStop() throws InterruptedException {
    ended.await();
  }

  /** A write failed or an invariant is broken: on the thread that found it, which ends. */
  private void onFatal(String agent, Throwable cause) {
    if (!failed.compareAndSet(false, true)) {
      return;
    }
    LOG.error("broker {} must stop: {} failed", config.brokerId(), agent, cause);
    running.stateDump(DUMP_LINES).forEach(line -> LOG.error("state: {}", line));
    fatalHandler.onFatal(this, cause);
    // Still here: the process is more than this broker.
    new Thread(this::kill, "almadia-" + config.brokerId() + "-fatal").start();
  }
}
