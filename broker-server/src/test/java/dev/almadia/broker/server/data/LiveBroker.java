// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataResult;
import dev.almadia.broker.core.producer.PartitionMachine;
import dev.almadia.broker.core.routing.LeaderTable;
import dev.almadia.broker.core.topics.TopicConfigs;
import dev.almadia.broker.server.BrokerContext;
import dev.almadia.broker.server.BrokerIdentity;
import dev.almadia.broker.server.config.Endpoint;
import dev.almadia.broker.server.grpc.GrpcServers;
import dev.almadia.internal.v1.MetadataCommand;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.link.Leadership;
import dev.almadia.raft.shard.GroupLimits;
import dev.almadia.raft.shard.GroupSpec;
import dev.almadia.raft.shard.GroupView;
import dev.almadia.raft.shard.RaftAgent;
import dev.almadia.raft.shard.RaftGroups;
import dev.almadia.raft.shard.RaftNode;
import dev.almadia.raft.shard.RaftNodeConfig;
import dev.almadia.raft.shard.RaftNodeServices;
import dev.almadia.raft.shard.RaftTimings;
import dev.almadia.raft.shard.ShardEnvironment;
import dev.almadia.raft.shard.ShardLimits;
import dev.almadia.raft.shard.StateMachine;
import dev.almadia.raft.store.LogStore;
import dev.almadia.raft.store.RestoredGroup;
import dev.almadia.storage.RocksLogStore;
import dev.almadia.storage.StoreOptions;
import io.grpc.Deadline;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.netty.NettyChannelBuilder;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * The data services on the real thing: a Raft node with its threads, RocksDB in a directory, gRPC
 * on loopback. Only the metadata group and the wire between the nodes are missing: images are
 * handed out, and batches are passed from node to node.
 */
final class LiveBroker implements BrokerContext {
  private static final RaftTimings TIMINGS = new RaftTimings(20, 15, 3);

  private final LiveCluster cluster;
  private final int brokerId;
  private final RocksLogStore store;
  private final RaftNode node;
  private final Map<String, Thread> threads = new ConcurrentHashMap<>();
  private final Map<Long, List<Consumer<GroupView>>> listeners = new ConcurrentHashMap<>();
  private final Map<Long, LeaderTable.Leader> leaders = new ConcurrentHashMap<>();
  private final ScheduledExecutorService timers = Executors.newSingleThreadScheduledExecutor();
  private final ExecutorService readPool = Executors.newFixedThreadPool(2);
  private final MeterRegistry meters = new SimpleMeterRegistry();
  private final DataServices services;
  private final Server server;
  private volatile boolean running = true;
  private volatile boolean stopping;

  LiveBroker(LiveCluster cluster, int brokerId, Path directory, DataLimits limits)
      throws Exception {
    this.cluster = cluster;
    this.brokerId = brokerId;
    this.store = RocksLogStore.open(directory, StoreOptions.small());
    this.node =
        new RaftNode(
            new RaftNodeConfig(
                brokerId, 1, TIMINGS, GroupLimits.defaults(), ShardLimits.defaults()),
            new RaftNodeServices(
                new Clock(),
                store,
                (to, lane, batch) -> cluster.pass(brokerId, to, batch),
                readPool,
                new RaftNodeServices.Callbacks(
                    name -> () -> LockSupport.unpark(threads.get(name)),
                    (agent, cause) -> cause.printStackTrace(),
                    (from, news) -> news.forEach(this::heard))));
    for (RaftAgent agent : node.agents()) {
      Thread thread = new Thread(() -> run(agent), agent.name() + "-" + brokerId);
      threads.put(agent.name(), thread);
    }
    threads.values().forEach(Thread::start);
    services = new DataServices(this, limits);
    server =
        new GrpcServers(meters, method -> null, 10_000)
            .startInternal(new Endpoint("127.0.0.1", 0), services.definitions());
  }

  private void run(RaftAgent agent) {
    while (running) {
      if (agent.doWork() == 0) {
        LockSupport.parkNanos(agent.idleNanos());
      }
    }
  }

  private void heard(Leadership news) {
    leaders.merge(
        news.groupId(),
        new LeaderTable.Leader(news.leaderBrokerId(), news.term()),
        (before, now) -> now.term() >= before.term() ? now : before);
  }

  int port() {
    return server.getPort();
  }

  RaftNode node() {
    return node;
  }

  void open(MetadataImage.PartitionOfTopic placed) {
    List<Integer> replicas = placed.partition().replicas();
    if (replicas.contains(brokerId)) {
      node.open(
          new GroupSpec(
              placed.partition().groupId(),
              brokerId,
              GroupConfig.ofVoters(replicas),
              TopicConfigs.isSynced(placed.topic().config()),
              replicas.get(0) == brokerId,
              machine(placed.partition().groupId())),
          null);
    }
  }

  /** What its disk has, after a start. */
  void openRestored() {
    for (RestoredGroup group : store.restore()) {
      node.open(
          new GroupSpec(
              group.groupId(),
              group.selfId(),
              GroupConfig.UNKNOWN,
              true,
              false,
              machine(group.groupId())),
          group);
    }
  }

  void announceStop() {
    stopping = true;
  }

  /** Ends at once, as a killed process does. */
  void kill() {
    server.shutdownNow();
    running = false;
    threads.values().forEach(LockSupport::unpark);
    try {
      for (Thread thread : threads.values()) {
        thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    services.close();
    timers.shutdownNow();
    readPool.shutdownNow();
    store.close();
  }

  @Override
  public int brokerId() {
    return brokerId;
  }

  @Override
  public BrokerIdentity identity() {
    throw new UnsupportedOperationException("no test asks for it");
  }

  @Override
  public RaftGroups groups() {
    return node;
  }

  @Override
  public LogStore store() {
    return store;
  }

  @Override
  public MetadataImage image() {
    return cluster.image();
  }

  @Override
  public LeaderTable leaders() {
    return groupId -> leaders.getOrDefault(groupId, LeaderTable.NONE);
  }

  @Override
  public ManagedChannel channelTo(int other) {
    return cluster.channelTo(other);
  }

  @Override
  public boolean isReachable(int other) {
    return cluster.isUp(other);
  }

  @Override
  public Executor readPool() {
    return readPool;
  }

  @Override
  public ScheduledExecutorService timers() {
    return timers;
  }

  @Override
  public MeterRegistry meters() {
    return meters;
  }

  @Override
  public long wallMillis() {
    return System.currentTimeMillis();
  }

  @Override
  public Deadline.Ticker ticker() {
    return Deadline.getSystemTicker();
  }

  @Override
  public int random(int bound) {
    return ThreadLocalRandom.current().nextInt(bound);
  }

  @Override
  public AutoCloseable onViewChange(long groupId, Consumer<GroupView> listener) {
    List<Consumer<GroupView>> those =
        listeners.computeIfAbsent(groupId, id -> new CopyOnWriteArrayList<>());
    those.add(listener);
    return () -> those.remove(listener);
  }

  int listenerCount() {
    return listeners.values().stream().mapToInt(List::size).sum();
  }

  double heldBytes() {
    return meters.get("almadia.produce.held.bytes").gauge().value();
  }

  @Override
  public CompletableFuture<MetadataResult> proposeMetadata(MetadataCommand command) {
    throw new UnsupportedOperationException("there is no metadata group here");
  }

  @Override
  public int maxSendBytes() {
    return 3_500_000;
  }

  @Override
  public boolean isStopping() {
    return stopping;
  }

  static ManagedChannel channel(int port) {
    return NettyChannelBuilder.forAddress("127.0.0.1", port)
        .usePlaintext()
        .maxInboundMessageSize(16 << 20)
        .build();
  }

  private StateMachine machine(long groupId) {
    return new PartitionMachine(
        view ->
            new ArrayList<>(listeners.getOrDefault(groupId, List.of()))
                .forEach(listener -> listener.accept(view)));
  }

  private static final class Clock implements ShardEnvironment {
    @Override
    public long nanoTime() {
      return System.nanoTime();
    }

    @Override
    public long wallMillis() {
      return System.currentTimeMillis();
    }

    @Override
    public int random(int bound) {
      return ThreadLocalRandom.current().nextInt(bound);
    }
  }
}
