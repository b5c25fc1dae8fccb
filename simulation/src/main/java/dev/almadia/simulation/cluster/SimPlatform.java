// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.cluster;

import dev.almadia.broker.server.config.Endpoint;
import dev.almadia.broker.server.peer.PeerNetwork;
import dev.almadia.broker.server.peer.PeerWorld;
import dev.almadia.broker.server.runtime.Platform;
import dev.almadia.raft.link.PeerBatch;
import dev.almadia.raft.link.PeerInbox;
import dev.almadia.raft.shard.RaftAgent;
import dev.almadia.raft.shard.RaftNodeConfig;
import dev.almadia.raft.shard.ShardEnvironment;
import dev.almadia.raft.shard.Waker;
import dev.almadia.simulation.kernel.SimProcess;
import dev.almadia.simulation.kernel.SimTimers;
import dev.almadia.simulation.net.LinkOptions;
import dev.almadia.simulation.net.SimChannel;
import dev.almadia.simulation.net.SimLinks;
import io.grpc.Deadline;
import io.grpc.ManagedChannel;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** The machine that a simulated broker runs on, for one life of its process. */
final class SimPlatform implements Platform {
  private static final long NANOS_PER_MICRO = 1_000;
  private static final long TIMER_LATENCY_NANOS = 200 * NANOS_PER_MICRO;
  private static final int READS_MAX = 64;

  /** Frames that really go through the codec; all would cost too much. */
  private static final double CODEC_SHARE = 0.02;

  /** What a platform stands on. */
  record Ground(SimWorld world, SimProcess process, MachineSpeed speed) {}

  /** Hears of what the broker does with its machine. */
  interface Listener {
    /** A shard did something. */
    void turned();

    /** The broker sends this to another one. */
    void sending(PeerBatch batch);
  }

  private final Ground ground;
  private final Listener listener;
  private final BiConsumer<String, Throwable> onFailure;
  private final SimTimers timers;
  private final SimTimers linkTimers;
  private final Map<String, AgentRunner> runners = new TreeMap<>();
  private final Environment environment = new Environment();
  private final Deadline.Ticker ticker;
  private int readsWaiting;
  private @Nullable RaftAgent writer;

  SimPlatform(Ground ground, Listener listener, BiConsumer<String, Throwable> onFailure) {
    this.ground = ground;
    this.listener = listener;
    this.onFailure = onFailure;
    timers = new SimTimers(ground.process(), TIMER_LATENCY_NANOS);
    linkTimers = new SimTimers(ground.process(), TIMER_LATENCY_NANOS);
    ticker = ground.world().network().hostOf(ground.process()).ticker();
  }

  @Override
  public ShardEnvironment environment() {
    return environment;
  }

  @Override
  public Deadline.Ticker ticker() {
    return ticker;
  }

  @Override
  public Executor reads() {
    return this::read;
  }

  private void read(Runnable work) {
    if (readsWaiting >= READS_MAX) {
      throw new RejectedExecutionException("too many reads wait");
    }
    readsWaiting++;
    ground
        .process()
        .after(
            ground.speed().readNanos(ground.process().random()),
            () -> {
              readsWaiting--;
              work.run();
            });
  }

  @Override
  public ScheduledExecutorService timers() {
    return timers;
  }

  @Override
  public ScheduledExecutorService linkTimers() {
    return linkTimers;
  }

  @Override
  public Waker waker(String agent) {
    return () -> {
      AgentRunner runner = runners.get(agent);
      if (runner != null) {
        runner.wake();
      }
    };
  }

  @Override
  public void start(List<RaftAgent> agents) {
    for (RaftAgent agent : agents) {
      boolean isWriter = agent.name().equals("log-writer");
      if (isWriter) {
        writer = agent;
      }
      AgentRunner runner =
          new AgentRunner(
              ground.process(),
              agent,
              () ->
                  isWriter
                      ? ground.speed().writeNanos(ground.process().random())
                      : ground.speed().turnNanos(ground.process().random()),
              isWriter ? () -> {} : listener::turned,
              onFailure);
      runners.put(agent.name(), runner);
      runner.wake();
    }
  }

  /** What waits for the disk reaches it, and nobody hears of it: the process dies meanwhile. */
  void writeUnheard() {
    if (writer != null) {
      int unused = writer.doWork();
    }
  }

  @Override
  public RaftNodeConfig limits(RaftNodeConfig configured) {
    return ground.world().options().limits().applyTo(configured);
  }

  @Override
  public ManagedChannel channel(Endpoint address) {
    return new OneHopChannel(
        new SimChannel(
            ground.world().network(), ground.process(), Hosts.of(address), Hosts.INTERNAL),
        ground.world().violations());
  }

  @Override
  public PeerNetwork links(PeerWorld peers, PeerInbox inbox) {
    ground.world().peers().put(peers.self(), peers);
    LinkOptions options =
        ground.world().options().datagrams() ? LinkOptions.datagrams() : LinkOptions.streams();
    return new WatchedLinks(
        new SimLinks(
            ground.world().network(),
            ground.process(),
            inbox,
            options.withCodec(CODEC_SHARE),
            other -> mayLink(peers, other)),
        listener::sending);
  }

  /** What the two would say of each other's hello. A peer that is down refuses nothing. */
  private boolean mayLink(PeerWorld own, int other) {
    PeerWorld peer = ground.world().peers().get(other);
    return peer == null || own.rules().refusalOf(peer.rules().helloTo(own.self())) == null;
  }

  @Override
  public void close() {
    timers.shutdown();
    linkTimers.shutdown();
    runners.values().forEach(AgentRunner::end);
  }

  private final class Environment implements ShardEnvironment {
    @Override
    public long nanoTime() {
      return ground.process().nanoTime();
    }

    @Override
    public long wallMillis() {
      return ground.process().wallMillis();
    }

    @Override
    public int random(int bound) {
      return ground.process().random().below(bound);
    }
  }
}
