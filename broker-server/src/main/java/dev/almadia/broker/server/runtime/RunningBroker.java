// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.runtime;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.metadata.BrokerImage;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataListener;
import dev.almadia.broker.core.metadata.MetadataResult;
import dev.almadia.broker.core.metadata.MetadataStateMachine;
import dev.almadia.broker.core.routing.LeaderTable;
import dev.almadia.broker.core.routing.Router;
import dev.almadia.broker.server.BrokerContext;
import dev.almadia.broker.server.BrokerIdentity;
import dev.almadia.broker.server.config.BrokerConfig;
import dev.almadia.broker.server.grpc.Forwarder;
import dev.almadia.broker.server.peer.HelloRules;
import dev.almadia.broker.server.peer.PeerNetwork;
import dev.almadia.broker.server.peer.PeerWorld;
import dev.almadia.internal.v1.BrokerRegistration;
import dev.almadia.internal.v1.MetadataCommand;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.link.Leadership;
import dev.almadia.raft.shard.GroupSpec;
import dev.almadia.raft.shard.GroupView;
import dev.almadia.raft.shard.RaftGroups;
import dev.almadia.raft.shard.RaftNode;
import dev.almadia.raft.shard.RaftNodeServices;
import dev.almadia.raft.shard.RaftShard;
import dev.almadia.raft.store.LogStore;
import dev.almadia.raft.store.RestoredGroup;
import io.grpc.Deadline;
import io.grpc.ManagedChannel;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parts of a broker between its ports and its disk: Raft node and its threads, links, metadata,
 * replicas, timers. Made and started by {@code Broker}, which owns the ports, the store and the
 * order in which all of it ends.
 *
 * <p>Who owns what: the shard thread of group 0 owns metadata and {@link PartitionManager}; the
 * timer thread owns {@link ClusterMembership} and {@link DiskGuard}; everything else is for any
 * thread.
 */
public final class RunningBroker implements BrokerContext {
  private static final Logger LOG = LoggerFactory.getLogger(RunningBroker.class);
  private static final int SEND_BYTES_MAX = 3_670_016; // 3.5 MiB, api.md rule 7

  /** One timer for what is looked at regularly: each wake-up of an idle broker costs. */
  private static final long TURN_MS = 100;

  private static final long DISK_TURN_MS = 1000;

  private final BrokerConfig config;
  private final BrokerIdentity identity;
  private final LogStore store;
  private final MeterRegistry meters;
  private final Platform platform;
  private final LeaderBoard leaders = new LeaderBoard();
  private final ViewHub hub = new ViewHub();
  private final MetadataStateMachine metadata = new MetadataStateMachine();
  private final ImageWaits waits;
  private final OtherBrokers others;
  private final PeerChannels channels;
  private final PeerNetwork links;
  private final RaftNode node;
  private final Router router;
  private final Forwarder forwarder;
  private final PartitionManager partitions;
  private final MetadataProposals proposals;
  private final DiskGuard disk;
  private final Readiness readiness;
  // Set once by start, before anybody asks whether the broker is ready.
  private volatile @Nullable ClusterMembership membership;
  // Likewise.
  private volatile @Nullable ClusterEntry entry;
  // Set once by stop; read by all calls.
  private volatile boolean stopping;

  /** What a broker is made of. */
  public record Base(
      BrokerIdentity identity, LogStore store, MeterRegistry meters, Platform platform) {}

  /**
   * Makes everything; nothing runs.
   *
   * @param onFatal hears that nothing may be answered any more: agent and cause
   */
  public RunningBroker(BrokerConfig config, Base base, BiConsumer<String, Throwable> onFatal) {
    this.config = config;
    this.identity = base.identity();
    this.store = base.store();
    this.meters = base.meters();
    this.platform = base.platform();
    waits = new ImageWaits(metadata::image, platform.timers());
    others = new OtherBrokers(config, metadata::image);
    channels = new PeerChannels(others::addressOf, platform::channel);
    InboxRelay relay = new InboxRelay(channels);
    links = platform.links(world(), relay);
    node = new RaftNode(platform.limits(NodeSettings.of(config)), nodeServices(onFatal));
    relay.bind(node);
    router = new Router(config.brokerId(), metadata::image, leaders, node::view);
    forwarder = new Forwarder(config.brokerId(), platform.ticker(), channels::channelTo);
    disk = new DiskGuard(config.brokerId(), store, config.limits().diskReserveBytes());
    proposals = new MetadataProposals(config.brokerId(), node, metadata);
    PartitionMachines machines = new PartitionMachines(this::onView);
    partitions = new PartitionManager(identity, config.brokerId(), node, machines, leaders);
    metadata.addListener(partitions);
    metadata.addListener(new MetadataChanges());
    metadata.addListener(new CatchUpThrottle(node, config.limits().catchUpBytesPerSecond()));
    readiness = new Readiness(config.brokerId(), identity, readinessParts());
    BrokerMeters.register(meters, node, hub, disk);
    BrokerMeters.register(meters, machines);
  }

  private Readiness.Parts readinessParts() {
    return new Readiness.Parts(
        metadata::image,
        partitions::isCaughtUp,
        () -> {
          ClusterMembership member = membership;
          return member != null && member.isRegistered();
        },
        () -> {
          ClusterEntry looking = entry;
          return looking == null ? null : looking.problem();
        },
        this::isStopping,
        disk::refusal);
  }

  private PeerWorld world() {
    HelloRules rules =
        new HelloRules(
            config.brokerId(),
            identity.incarnation(),
            this::clusterId,
            metadata::image,
            others::expected);
    return new PeerWorld(
        config.brokerId(),
        rules,
        others::addressOf,
        platform.linkTimers(),
        platform.environment()::nanoTime,
        config.memory().peerQueueBytes());
  }

  private RaftNodeServices nodeServices(BiConsumer<String, Throwable> onFatal) {
    return new RaftNodeServices(
        platform.environment(),
        store,
        links,
        platform.reads(),
        new RaftNodeServices.Callbacks(platform::waker, onFatal::accept, this::onLeaderships));
  }

  /** Starts threads, restores groups, looks for the cluster. The ports are open by now. */
  public void start(BrokerRegistration registration) {
    List<RestoredGroup> restored = store.restore();
    RestoredGroup own = null;
    for (RestoredGroup group : restored) {
      own = group.groupId() == MetadataImage.METADATA_GROUP ? group : own;
    }
    LOG.info("found {} groups on disk", restored.size());
    partitions.openRestored(restored, own == null);
    if (own != null) {
      openMetadata(new ClusterEntry.Entered(config.brokerId(), GroupConfig.UNKNOWN), own);
    }
    platform.start(node.agents());
    ClusterEntry looking =
        new ClusterEntry(
            new ClusterEntry.Parts(identity, registration, others::seeds, config.initialBrokers()),
            platform::channel,
            platform.ticker(),
            own == null ? how -> openMetadata(how, null) : null);
    entry = looking;
    others.learnFrom(looking);
    connect();
    ClusterMembership member =
        new ClusterMembership(
            new ClusterMembership.Parts(this, identity, router, forwarder),
            registration,
            thrown -> LOG.error("cannot record the cluster: {}", thrown.getMessage()));
    membership = member;
    HandOver draining = new HandOver(this, brokerId -> image().isActive(brokerId));
    SettleReports settling = new SettleReports(this, router, forwarder);
    everyMillis(
        TURN_MS,
        () -> {
          looking.turn(member.isRegistered(), followsMetadataLeader());
          member.turn();
          if (isDrained()) {
            boolean unused = draining.turn();
          }
          settling.turn();
        });
    DamageReports damage = new DamageReports(this, leaders::leaderOf, forwarder);
    everyMillis(
        DISK_TURN_MS,
        () -> {
          disk.measure();
          damage.turn(partitions.damaged(), partitions::isUnreadable);
        });
  }

  /** Whether this broker is not to lead. */
  private boolean isDrained() {
    BrokerImage known = image().brokers().get(config.brokerId());
    return known != null && !known.isActive() && !stopping;
  }

  private synchronized void connect() {
    links.connectTo(others.wanted());
  }

  /**
   * Starts this broker's replica of the metadata group.
   *
   * @param restored what its disk has of it; null if it has just come into the cluster
   */
  private void openMetadata(ClusterEntry.Entered how, @Nullable RestoredGroup restored) {
    connect();
    List<Integer> voters = how.config().voters();
    node.open(
        new GroupSpec(
            MetadataImage.METADATA_GROUP,
            how.selfId(),
            how.config(),
            true,
            !voters.isEmpty() && voters.get(0) == how.selfId(),
            metadata),
        restored);
  }

  private void everyMillis(long periodMs, Runnable task) {
    var unused =
        platform
            .timers()
            .scheduleWithFixedDelay(
                () -> {
                  try {
                    task.run();
                  } catch (RuntimeException e) {
                    // An executor would silently never run it again.
                    LOG.error("a periodic task failed", e);
                  }
                },
                0,
                periodMs,
                TimeUnit.MILLISECONDS);
  }

  private String clusterId() {
    String recorded = identity.clusterId();
    return recorded.isEmpty() ? metadata.image().clusterId() : recorded;
  }

  /** Shard threads. */
  private void onView(GroupView view) {
    leaders.learn(view);
    hub.publish(view);
  }

  /** Threads of links. */
  private void onLeaderships(int fromBroker, List<Leadership> news) {
    news.forEach(leadership -> leaders.learn(fromBroker, leadership));
  }

  /** What else follows the metadata. Shard thread of group 0. */
  private final class MetadataChanges implements MetadataListener {
    @Override
    public void imageChanged(MetadataImage before, MetadataImage after) {
      if (!before.brokers().equals(after.brokers())) {
        connect();
        links.recheck();
      }
      waits.changed(after);
    }

    @Override
    public void viewChanged(GroupView view) {
      onView(view);
      waits.changed(metadata.image());
    }
  }

  /** Why a method of the public API is refused at the moment; null if it is not. */
  public @Nullable BrokerError refusalOf(String method) {
    return readiness.refusalOf(method);
  }

  /** Whether the broker is a member of the cluster and may serve. */
  public boolean isReady() {
    return readiness.isReady();
  }

  /** Whether the own replica of the metadata group has a leader: what others tell may be old. */
  private boolean followsMetadataLeader() {
    GroupView view = node.view(MetadataImage.METADATA_GROUP);
    return view != null && view.leaderId() != 0;
  }

  /** Whether the metadata group has a leader, as far as known here. */
  public boolean hasMetadataLeader() {
    return router.leaderOf(MetadataImage.METADATA_GROUP).brokerId() != 0;
  }

  /** Refuses new calls from now on. */
  public void beginStop() {
    stopping = true;
  }

  /** Hands leaders to the best followers; blocks until done, at most so long. */
  public void handOver(long millisMax) {
    if (!Waiting.until(newHandOver()::turn, millisMax)) {
      LOG.warn("not all groups could be handed over in time");
    }
  }

  /** The same in steps, for one who must not block. */
  public HandOver newHandOver() {
    return new HandOver(this, brokerId -> true);
  }

  /** Ends groups in order: proposals hear of it. Blocks until the shards are through. */
  public void stopGroups() {
    beginStopGroups();
    boolean unused = Waiting.until(this::groupsStopped, config.timing().stopMs());
  }

  /** The same without waiting. */
  public void beginStopGroups() {
    node.stop();
  }

  /** Whether all groups have ended. */
  public boolean groupsStopped() {
    return node.shards().stream().allMatch(RaftShard::isStopped);
  }

  /** Ends links, threads and timers. Nothing runs afterwards; the store may be closed. */
  public void close() {
    ClusterEntry looking = entry;
    if (looking != null) {
      looking.close();
    }
    links.close();
    channels.close();
    platform.close();
  }

  /** One line per group, for the log of a broker that has to die. */
  public List<String> stateDump(int linesMax) {
    List<String> lines = new ArrayList<>();
    for (GroupView view : node.views()) {
      if (lines.size() == linesMax) {
        break;
      }
      lines.add(view.toString());
    }
    return lines;
  }

  /** Raft itself, for those who watch it. */
  public RaftNode node() {
    return node;
  }

  /** The metadata as this broker has applied them, with revision. */
  public MetadataStateMachine metadata() {
    return metadata;
  }

  /** Links, for the internal port. */
  public PeerNetwork links() {
    return links;
  }

  /** Decides where calls go. */
  public Router router() {
    return router;
  }

  /** Sends calls on. */
  public Forwarder forwarder() {
    return forwarder;
  }

  /** Waits for own metadata. */
  public ImageWaits waits() {
    return waits;
  }

  /** Free space. */
  public DiskGuard disk() {
    return disk;
  }

  @Override
  public int brokerId() {
    return config.brokerId();
  }

  @Override
  public BrokerIdentity identity() {
    return identity;
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
    return metadata.image();
  }

  @Override
  public LeaderTable leaders() {
    return leaders;
  }

  @Override
  public @Nullable ManagedChannel channelTo(int brokerId) {
    return channels.channelTo(brokerId);
  }

  @Override
  public boolean isReachable(int brokerId) {
    return brokerId == config.brokerId() || links.isConnected(brokerId);
  }

  @Override
  public Executor readPool() {
    return platform.reads();
  }

  @Override
  public ScheduledExecutorService timers() {
    return platform.timers();
  }

  @Override
  public MeterRegistry meters() {
    return meters;
  }

  @Override
  public long wallMillis() {
    return platform.environment().wallMillis();
  }

  @Override
  public Deadline.Ticker ticker() {
    return platform.ticker();
  }

  @Override
  public int random(int bound) {
    return platform.environment().random(bound);
  }

  @Override
  public AutoCloseable onViewChange(long groupId, Consumer<GroupView> listener) {
    return hub.listen(groupId, listener);
  }

  @Override
  public CompletableFuture<MetadataResult> proposeMetadata(MetadataCommand command) {
    return proposals.propose(command);
  }

  @Override
  public int maxSendBytes() {
    return SEND_BYTES_MAX;
  }

  @Override
  public int producersPerPartitionMax() {
    return config.limits().maxProducersPerPartition();
  }

  @Override
  public int recordIdsPerPartitionMax() {
    return config.limits().maxRecordIdsPerPartition();
  }

  @Override
  public @Nullable BrokerError writeRefusal() {
    return disk.refusal();
  }

  @Override
  public boolean isStopping() {
    return stopping;
  }
}
