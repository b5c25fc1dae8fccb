// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.runtime;

import dev.almadia.broker.server.config.BrokerConfig;
import dev.almadia.broker.server.config.Endpoint;
import dev.almadia.broker.server.peer.GrpcPeerLinks;
import dev.almadia.broker.server.peer.PeerNetwork;
import dev.almadia.broker.server.peer.PeerWorld;
import dev.almadia.raft.link.PeerInbox;
import dev.almadia.raft.shard.RaftAgent;
import dev.almadia.raft.shard.ShardEnvironment;
import dev.almadia.raft.shard.Waker;
import io.grpc.Deadline;
import io.grpc.ManagedChannel;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.BiConsumer;

/** The machine: its clocks, threads and sockets. Any thread. */
public final class SystemPlatform implements Platform {
  private final SystemEnvironment environment = new SystemEnvironment();
  private final MeterRegistry meters;
  private final Pools pools;
  private final AgentThreads threads;

  /**
   * The platform of one broker of this process.
   *
   * @param onFailure hears that an agent threw: its name and what
   */
  public SystemPlatform(
      BrokerConfig config, MeterRegistry meters, BiConsumer<String, Throwable> onFailure) {
    String prefix = "almadia-" + config.brokerId() + "-";
    this.meters = meters;
    pools = new Pools(prefix, config.threads(), meters);
    threads = new AgentThreads(prefix, onFailure);
  }

  @Override
  public ShardEnvironment environment() {
    return environment;
  }

  @Override
  public Deadline.Ticker ticker() {
    return Deadline.getSystemTicker();
  }

  @Override
  public Executor reads() {
    return pools.reads();
  }

  @Override
  public ScheduledExecutorService timers() {
    return pools.timers();
  }

  @Override
  public ScheduledExecutorService linkTimers() {
    return pools.links();
  }

  @Override
  public Waker waker(String agent) {
    return threads.waker(agent);
  }

  @Override
  public void start(List<RaftAgent> agents) {
    threads.start(agents);
  }

  @Override
  public ManagedChannel channel(Endpoint address) {
    return PeerChannels.open(address);
  }

  @Override
  public PeerNetwork links(PeerWorld world, PeerInbox inbox) {
    return new GrpcPeerLinks(world, inbox, meters);
  }

  @Override
  public void close() {
    threads.stop();
    pools.close();
  }
}
