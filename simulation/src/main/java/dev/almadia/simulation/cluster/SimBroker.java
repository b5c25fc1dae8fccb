// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.cluster;

import dev.almadia.broker.core.metadata.ImageHash;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataImage.PartitionOfTopic;
import dev.almadia.broker.core.metadata.MetadataListener;
import dev.almadia.broker.core.metadata.PartitionImage;
import dev.almadia.broker.core.metadata.TopicImage;
import dev.almadia.broker.core.topics.TopicConfigs;
import dev.almadia.broker.server.BrokerIdentity;
import dev.almadia.broker.server.BrokerServices;
import dev.almadia.broker.server.config.BrokerConfig;
import dev.almadia.broker.server.grpc.GrpcServers;
import dev.almadia.broker.server.runtime.HandOver;
import dev.almadia.broker.server.runtime.RunningBroker;
import dev.almadia.internal.v1.BrokerRegistration;
import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.HardState;
import dev.almadia.raft.link.PeerBatch;
import dev.almadia.raft.shard.GroupView;
import dev.almadia.raft.store.StoreException;
import dev.almadia.simulation.check.BrokerWatch;
import dev.almadia.simulation.disk.SimDisk;
import dev.almadia.simulation.disk.SimLogStore;
import dev.almadia.simulation.disk.StoredGroup;
import dev.almadia.simulation.kernel.SimClock;
import dev.almadia.simulation.kernel.SimProcess;
import dev.almadia.simulation.kernel.SimRandom;
import dev.almadia.simulation.net.SimServer;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * One machine of the cluster: its disk and clock, and the process of a broker on it, if one runs.
 * The broker is the real one; only what it stands on is simulated.
 */
public final class SimBroker implements BrokerWatch {
  private static final int CALLS_MAX = 10_000;
  private static final long DISK_RESERVE_BYTES = 1 << 20;
  private static final long HAND_OVER_TURN_MILLIS = 20;
  private static final long HAND_OVER_MILLIS = 5_000;
  private static final long STOP_TURN_MILLIS = 20;
  private static final long DRAIN_MILLIS = 1_000;
  private static final String HELD = "almadia.produce.held.bytes";

  private final SimWorld world;
  private final int id;
  private final SimDisk disk;
  private final SimClock clock;
  private final MachineSpeed speed;
  private final SimRandom random;
  private Deployment deployment;
  private int lives;
  private @Nullable Life life;
  private @Nullable String refusal;

  /** One life of the process. */
  private record Life(
      SimProcess process,
      SimPlatform platform,
      SimLogStore store,
      RunningBroker running,
      BrokerServices services,
      MeterRegistry meters,
      List<SimServer> servers) {}

  SimBroker(SimWorld world, int id, Deployment deployment, SimDisk disk) {
    this.world = world;
    this.id = id;
    this.deployment = deployment;
    this.disk = disk;
    this.speed = new MachineSpeed(world.options());
    this.random = world.random().split("broker", id);
    int drift = world.options().clockDriftPpmMax();
    this.clock = new SimClock(random.between(-drift, drift), random.below(1L << 40));
    disk.watch(new DiskChecks(disk, world.invariants()));
  }

  @Override
  public int id() {
    return id;
  }

  /** Its disk. */
  public SimDisk disk() {
    return disk;
  }

  /** Its clock. */
  public SimClock clock() {
    return clock;
  }

  /** How fast it is. */
  public MachineSpeed speed() {
    return speed;
  }

  /** Whether a process runs, be it paused. */
  public boolean isUp() {
    return life != null;
  }

  /** Whether it runs and is not paused. */
  public boolean isRunning() {
    return life != null && !life.process().isPaused();
  }

  /** Why the last start was refused, null if it was not. */
  public @Nullable String refusal() {
    return refusal;
  }

  /** The broker; null while no process runs. */
  public @Nullable RunningBroker running() {
    return life == null ? null : life.running();
  }

  /** Whether there is a broker on the machine, be it down. */
  public boolean isDeployed() {
    return deployment.isThere();
  }

  /** From its next start on the broker is told this. */
  void deploy(Deployment told) {
    deployment = told;
  }

  Set<Integer> toldOf() {
    return deployment.toldOf();
  }

  /** The disk is lost with all that is on it, and the process ends. */
  public void loseDisk() {
    world.trace().add(id, "loses its disk");
    kill(false);
    disk.wipe();
  }

  /** Its operator takes the broker off the machine for good. */
  public void retire() {
    world.trace().add(id, "is taken away");
    kill(false);
    disk.wipe();
    deployment = Deployment.NONE;
  }

  /** Starts a process on the disk as it is; does nothing where no broker is deployed. */
  public void start() {
    if (life != null || !isDeployed()) {
      return;
    }
    SimProcess process =
        new SimProcess(
            id,
            world.loop(),
            random.split("life", ++lives),
            clock,
            thrown -> defect("a task threw", thrown));
    SimLogStore store;
    try {
      store = disk.open();
    } catch (StoreException e) {
      refusal = String.valueOf(e.getMessage());
      world.trace().note(id, "refuses to start:", refusal);
      return;
    }
    refusal = null;
    world.trace().add(id, "starts, life {}", lives);
    world.invariants().started(id);
    world.network().start(process);
    try {
      life = live(process, store);
      life.running().start(registration());
    } catch (RuntimeException | Error e) {
      defect("the start failed", e);
    }
  }

  private Life live(SimProcess process, SimLogStore store) {
    SimPlatform platform =
        new SimPlatform(
            new SimPlatform.Ground(world, process, speed), new Watcher(), this::agentFailed);
    MeterRegistry meters = meters();
    RunningBroker running =
        new RunningBroker(
            config(),
            new RunningBroker.Base(new Identity(), store, meters, platform),
            this::agentFailed);
    running.metadata().addListener(new ImageWatcher());
    BrokerServices services = new BrokerServices(config(), running);
    GrpcServers ports = new GrpcServers(meters, running::refusalOf, CALLS_MAX);
    List<SimServer> servers =
        List.of(
            serve(ports, process, services.forClients(), Hosts.PUBLIC),
            serve(ports, process, services.forBrokers(), Hosts.INTERNAL));
    return new Life(process, platform, store, running, services, meters, servers);
  }

  /** Only the meters that a check reads; the others cost nothing. */
  private static MeterRegistry meters() {
    SimpleMeterRegistry kept = new SimpleMeterRegistry();
    kept.config().meterFilter(MeterFilter.denyUnless(meter -> meter.getName().equals(HELD)));
    return kept;
  }

  private SimServer serve(
      GrpcServers ports, SimProcess process, List<ServerServiceDefinition> services, String port) {
    boolean internal = port.equals(Hosts.INTERNAL);
    List<ServerServiceDefinition> guarded =
        services.stream()
            .map(service -> ServerInterceptors.intercept(service, ports.interceptors(internal)))
            .map(service -> internal ? marked(service) : service)
            .toList();
    SimServer server = new SimServer(world.network(), process, port, guarded);
    var unused = server.start();
    return server;
  }

  private static ServerServiceDefinition marked(ServerServiceDefinition service) {
    return ServerInterceptors.intercept(service, new ForwardedMark());
  }

  private BrokerConfig config() {
    return new BrokerConfig(
        id,
        Path.of("/simulated"),
        new BrokerConfig.Network(
            Hosts.open(id), Hosts.internal(id), null, Hosts.open(id), Hosts.internal(id)),
        deployment.initialBrokers(),
        deployment.join(),
        "",
        BrokerConfig.LogFormat.TEXT,
        new BrokerConfig.Timing(50, 1_500, 150, (int) HAND_OVER_MILLIS),
        new BrokerConfig.Memory(
            1 << 20, world.options().limits().budgetBytes(), 1 << 20, 1 << 20, 1 << 20),
        new BrokerConfig.Threads(world.options().shards(), 2, 64),
        new BrokerConfig.Limits(1_000, 1 << 20, CALLS_MAX, 0, DISK_RESERVE_BYTES, 0, 1_000, 1_000));
  }

  private BrokerRegistration registration() {
    return BrokerRegistration.newBuilder()
        .setBrokerId(id)
        .setIncarnation(disk.incarnation())
        .setEndpoint(Hosts.open(id).toString())
        .setInternalEndpoint(Hosts.internal(id).toString())
        .setVersion("simulated")
        .build();
  }

  private void defect(String what, Throwable thrown) {
    world
        .violations()
        .add("G12", "no broker breaks", "broker " + id + ": " + what + ": " + told(thrown));
  }

  private static String told(Throwable thrown) {
    StackTraceElement[] stack = thrown.getStackTrace();
    return thrown + (stack.length == 0 ? "" : " at " + stack[0]);
  }

  /** A simulated disk fails only when it was told to, and then the process has to end. */
  private void agentFailed(String agent, Throwable cause) {
    if (cause instanceof StoreException) {
      world.trace().note(id, "stops itself:", agent + ": " + cause.getMessage());
      world.loop().after(0, () -> kill(false));
      return;
    }
    defect(agent + " failed", cause);
  }

  /** Everything in memory is gone; with a power loss, what was not synced may be too. */
  public void kill(boolean losesPower) {
    Life ending = life;
    if (ending == null) {
      return;
    }
    world.peers().remove(id);
    world.trace().add(id, losesPower ? "loses power" : "is killed");
    life = null;
    boolean wasWriting = random.chance(0.5);
    ending.process().end();
    if (losesPower) {
      world.network().vanish(ending.process());
    } else {
      world.network().end(ending.process());
    }
    if (wasWriting) {
      writeUnheard(ending);
    }
    if (losesPower) {
      disk.powerLoss();
    } else {
      disk.processEnds();
    }
  }

  private static void writeUnheard(Life ending) {
    try {
      ending.platform().writeUnheard();
    } catch (RuntimeException e) {
      // The disk was to fail: nobody is left to hear of it.
    }
  }

  /** It stands still, as by SIGSTOP. */
  public void pause() {
    if (life != null && !life.process().isPaused()) {
      world.trace().add(id, "is paused");
      life.process().pause();
    }
  }

  /** It goes on. */
  public void resume() {
    if (life != null && life.process().isPaused()) {
      world.trace().add(id, "goes on");
      life.process().resume();
    }
  }

  /** Stops as on SIGTERM: refuses calls, hands over, ends its groups, and is gone. */
  public void stop() {
    Life stopping = life;
    if (stopping == null) {
      return;
    }
    world.trace().add(id, "begins to stop");
    stopping.running().beginStop();
    handOver(stopping, stopping.running().newHandOver(), HAND_OVER_MILLIS);
  }

  private void handOver(Life stopping, HandOver handOver, long leftMillis) {
    if (handOver.turn() || leftMillis <= 0) {
      var unused = stopping.servers().get(0).shutdown();
      stopping.running().beginStopGroups();
      endWhenStopped(stopping, DRAIN_MILLIS);
      return;
    }
    stopping
        .process()
        .afterMillis(
            HAND_OVER_TURN_MILLIS,
            () -> handOver(stopping, handOver, leftMillis - HAND_OVER_TURN_MILLIS));
  }

  private void endWhenStopped(Life stopping, long leftMillis) {
    boolean drained =
        stopping.running().groupsStopped() && stopping.servers().get(0).isTerminated();
    if (!drained && leftMillis > 0) {
      stopping
          .process()
          .afterMillis(
              STOP_TURN_MILLIS, () -> endWhenStopped(stopping, leftMillis - STOP_TURN_MILLIS));
      return;
    }
    if (stopping.process().isAlive()) {
      world.trace().add(id, "has stopped");
      life = null;
      world.peers().remove(id);
      stopping.running().close();
      stopping.services().close();
      stopping.process().end();
      world.network().end(stopping.process());
      disk.processEnds();
    }
  }

  // ---- for the checks

  /** Bytes that it holds for callers whose writes have not ended; 0 while no process runs. */
  public long heldBytes() {
    Gauge gauge = life == null ? null : life.meters().find(HELD).gauge();
    return gauge == null ? 0 : (long) gauge.value();
  }

  @Override
  public List<GroupView> views() {
    return life == null ? List.of() : life.running().node().views();
  }

  @Override
  public @Nullable Entry entry(GroupView view, long index) {
    StoredGroup stored = disk.find(view.groupId());
    if (stored != null && index <= view.durableIndex()) {
      return stored.holds(index) ? stored.entry(index) : null;
    }
    if (life == null) {
      return null;
    }
    // What is on the disk behind the durable index may be about to be overwritten.
    List<Entry> cached = life.running().node().cached(view.groupId(), index, 1);
    return cached.isEmpty() ? null : cached.get(0);
  }

  @Override
  public long diskTerm(long groupId, long index) {
    StoredGroup stored = disk.find(groupId);
    return stored == null || index < 1 || index > stored.lastIndex() ? 0 : stored.termAt(index);
  }

  @Override
  public long diskLastIndex(long groupId) {
    StoredGroup stored = disk.find(groupId);
    return stored == null ? 0 : stored.lastIndex();
  }

  @Override
  public long diskSyncedIndex(long groupId) {
    StoredGroup stored = disk.find(groupId);
    return stored == null ? 0 : stored.syncedIndex();
  }

  @Override
  public int diskReplica(long groupId) {
    StoredGroup stored = disk.find(groupId);
    return stored == null || stored.isDestroyed() ? 0 : stored.selfId();
  }

  @Override
  public @Nullable HardState diskHardState(long groupId) {
    StoredGroup stored = disk.find(groupId);
    return stored == null ? null : stored.syncedHardState();
  }

  private final class Watcher implements SimPlatform.Listener {
    @Override
    public void turned() {
      world.invariants().turned(SimBroker.this);
    }

    @Override
    public void sending(PeerBatch batch) {
      world.invariants().sent(SimBroker.this, batch);
    }
  }

  private final class ImageWatcher implements MetadataListener {
    @Override
    public void imageChanged(MetadataImage before, MetadataImage after) {
      world.invariants().imageApplied(id, after.revision(), ImageHash.of(after));
      for (TopicImage topic : after.topics().values()) {
        for (PartitionImage partition : topic.partitions()) {
          world
              .invariants()
              .group(partition.groupId(), true, TopicConfigs.isSynced(topic.config()));
          noteSettled(before.partitionOf(partition.groupId()), partition);
        }
      }
      for (long groupId : before.partitionsByGroup().keySet()) {
        if (!after.partitionsByGroup().containsKey(groupId)) {
          world.invariants().deleted(groupId);
        }
      }
      noteBrokers(before, after);
    }

    private void noteSettled(@Nullable PartitionOfTopic before, PartitionImage after) {
      if (before != null && after.isSettled() && !before.partition().isSettled()) {
        world.invariants().settled(after.groupId(), after.targetRevision());
      }
    }

    /** What was removed does not come back by itself. */
    private void noteBrokers(MetadataImage before, MetadataImage after) {
      before
          .brokers()
          .forEach(
              (broker, known) -> {
                if (!after.brokers().containsKey(broker)) {
                  world.invariants().removed(after.revision(), broker, known.incarnation());
                }
              });
      after
          .brokers()
          .forEach(
              (broker, known) -> {
                if (!before.brokers().containsKey(broker)) {
                  world.invariants().registered(after.revision(), broker, known.incarnation());
                }
              });
    }

    @Override
    public void viewChanged(GroupView view) {}
  }

  private final class Identity implements BrokerIdentity {
    @Override
    public String incarnation() {
      return disk.incarnation();
    }

    @Override
    public String clusterId() {
      return disk.clusterId();
    }

    @Override
    public void setClusterId(String clusterId) {
      disk.setClusterId(clusterId);
    }

    @Override
    public SortedMap<Integer, String> formedWith() {
      return disk.formedWith();
    }

    @Override
    public void setFormedWith(SortedMap<Integer, String> incarnations) {
      disk.setFormedWith(incarnations);
    }
  }
}
