// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.cluster;

import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.server.config.Endpoint;
import dev.almadia.broker.server.runtime.RunningBroker;
import dev.almadia.internal.v1.MetadataCommand;
import dev.almadia.internal.v1.SetClusterConfig;
import dev.almadia.raft.core.Role;
import dev.almadia.raft.shard.GroupView;
import dev.almadia.simulation.check.Invariants;
import dev.almadia.simulation.check.Violations;
import dev.almadia.simulation.disk.SimDisk;
import dev.almadia.simulation.kernel.EventLoop;
import dev.almadia.simulation.kernel.SimClock;
import dev.almadia.simulation.kernel.SimProcess;
import dev.almadia.simulation.kernel.SimRandom;
import dev.almadia.simulation.kernel.Trace;
import dev.almadia.simulation.net.NetworkOptions;
import dev.almadia.simulation.net.SimChannel;
import dev.almadia.simulation.net.SimNetwork;
import io.grpc.ManagedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Machines with brokers, a network between them, clients beside them; all in one thread. */
public final class SimCluster {
  private static final int LINES_KEPT = 400;
  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final long DISK_BYTES = 1L << 30;

  private final EventLoop loop = new EventLoop();
  private final SimWorld world;
  private final List<SimBroker> brokers = new ArrayList<>();
  private int clients;
  private MetadataImage newest = MetadataImage.EMPTY;

  /**
   * Machines of a cluster, none of them started.
   *
   * @param random the seed's chance
   * @param traceReader gets each line of the trace; null for speed
   */
  public SimCluster(
      SimRandom random, ClusterOptions options, @Nullable Consumer<String> traceReader) {
    Trace trace = new Trace(loop, LINES_KEPT, traceReader);
    Violations violations = new Violations(loop, trace);
    SimNetwork network =
        new SimNetwork(loop, random.split("network"), trace, networkOptions(options));
    world =
        new SimWorld(
            loop,
            trace,
            random,
            options,
            network,
            violations,
            new Invariants(violations, options.limits().areTiny()),
            new TreeMap<>());
    SortedMap<Integer, Endpoint> addresses = new TreeMap<>();
    for (int id = 1; id <= options.brokers(); id++) {
      addresses.put(id, Hosts.internal(id));
    }
    world.invariants().group(MetadataImage.METADATA_GROUP, false, true);
    for (int id = 1; id <= options.machines(); id++) {
      SimDisk disk = new SimDisk(random.split("disk", id), DISK_BYTES);
      Deployment deployment =
          id <= options.brokers() ? Deployment.forming(addresses) : Deployment.NONE;
      brokers.add(new SimBroker(world, id, deployment, disk));
    }
    new LeftLeaders(this).watch();
  }

  private static NetworkOptions networkOptions(ClusterOptions options) {
    return options.linkMillisMean() == 0
        ? NetworkOptions.calm()
        : NetworkOptions.distant(options.linkMillisMean());
  }

  EventLoop loop() {
    return loop;
  }

  /** What all parts share. */
  public SimWorld world() {
    return world;
  }

  /** All machines, by id from 1. */
  public List<SimBroker> brokers() {
    return brokers;
  }

  /** Ids of the machines that have a broker now, be it down; ascending. */
  public List<Integer> deployed() {
    return brokers.stream().filter(SimBroker::isDeployed).map(SimBroker::id).toList();
  }

  /**
   * Puts a broker on a machine, to be told of all others that are there; it starts when somebody
   * starts it. One that has a broker already is told of the others instead of what it was told.
   */
  public void deploy(int id) {
    List<Endpoint> others = new ArrayList<>();
    for (int other : deployed()) {
      if (other != id) {
        others.add(Hosts.internal(other));
      }
    }
    broker(id).deploy(Deployment.joining(others));
  }

  /** Whether others are there, but none that this one was told of. */
  public boolean isLeftAlone(int id) {
    List<Integer> there = deployed();
    return there.size() > 1
        && broker(id).toldOf().stream().noneMatch(other -> other != id && there.contains(other));
  }

  /** One of them. */
  public SimBroker broker(int id) {
    return brokers.get(id - 1);
  }

  /** A new client process, on a machine of its own that never fails. */
  public SimProcess newClient() {
    clients++;
    int id = -clients;
    SimProcess process =
        new SimProcess(
            id,
            loop,
            world.random().split("client", clients),
            new SimClock(0, 0),
            thrown ->
                world
                    .violations()
                    .add("G12", "no client breaks", "client " + -id + ": " + told(thrown)));
    var unused = world.network().start(process);
    return process;
  }

  private static String told(Throwable thrown) {
    StackTraceElement[] stack = thrown.getStackTrace();
    return thrown + (stack.length == 0 ? "" : " at " + stack[0]);
  }

  /** A channel of a client to a broker's public port. */
  public ManagedChannel channel(SimProcess client, int brokerId) {
    return new SimChannel(world.network(), client, brokerId, Hosts.PUBLIC);
  }

  /** Lets time pass, until it is over or a promise is broken. */
  public void runFor(long millis) {
    long end = loop.nowNanos() + millis * NANOS_PER_MILLI;
    boolean more = true;
    while (more && world.violations().first() == null) {
      more = loop.runNext(end);
    }
  }

  /** Lets time pass until it holds; looks every 10 ms. Returns whether it did in time. */
  public boolean runUntil(long millisMax, BooleanSupplier holds) {
    long end = loop.nowNanos() + millisMax * NANOS_PER_MILLI;
    while (!holds.getAsBoolean()) {
      if (loop.nowNanos() >= end || world.violations().first() != null) {
        return false;
      }
      runFor(10);
    }
    return true;
  }

  /** The newest metadata that any broker has ever applied. */
  public MetadataImage image() {
    for (SimBroker broker : brokers) {
      RunningBroker running = broker.running();
      if (running != null && running.image().revision() > newest.revision()) {
        newest = running.image();
      }
    }
    return newest;
  }

  /** Asks whoever leads the metadata to leave leaders where they are; returns whether it is so. */
  public boolean pauseBalancing() {
    if (!image().leaderBalancing()) {
      return true;
    }
    for (SimBroker broker : brokers) {
      RunningBroker running = broker.running();
      GroupView view = running == null ? null : running.node().view(MetadataImage.METADATA_GROUP);
      if (running != null && view != null && view.role() == Role.LEADER) {
        var unused =
            running.proposeMetadata(
                MetadataCommand.newBuilder()
                    .setTimeMs(running.wallMillis())
                    .setSetClusterConfig(SetClusterConfig.newBuilder().setLeaderBalancing(false))
                    .build());
      }
    }
    return false;
  }
}
