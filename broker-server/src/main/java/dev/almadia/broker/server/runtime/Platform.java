// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.runtime;

import dev.almadia.broker.server.config.Endpoint;
import dev.almadia.broker.server.peer.PeerNetwork;
import dev.almadia.broker.server.peer.PeerWorld;
import dev.almadia.raft.link.PeerInbox;
import dev.almadia.raft.shard.RaftAgent;
import dev.almadia.raft.shard.RaftNodeConfig;
import dev.almadia.raft.shard.ShardEnvironment;
import dev.almadia.raft.shard.Waker;
import io.grpc.Deadline;
import io.grpc.ManagedChannel;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;

/**
 * What a running broker needs of the machine: clocks, chance, executors, a thread for each agent,
 * and ways to other brokers. {@link SystemPlatform} is the machine itself; the simulator has one in
 * which time is virtual and nothing has a thread, and runs everything else of the broker on it.
 */
public interface Platform extends AutoCloseable {
  /** Clocks and chance; any thread. */
  ShardEnvironment environment();

  /** The same monotonic clock, for deadlines of calls. */
  Deadline.Ticker ticker();

  /** Runs reads that may block; bounded, refuses by {@code RejectedExecutionException}. */
  Executor reads();

  /** One thread for short tasks at a time. */
  ScheduledExecutorService timers();

  /** The same for links alone, so that no other task can delay a reconnect. */
  ScheduledExecutorService linkTimers();

  /** Wakes the agent of this name, which may not have been started yet. */
  Waker waker(String agent);

  /** Runs the agents from now on. */
  void start(List<RaftAgent> agents);

  /** A channel for forwarded calls to another broker's internal port. */
  ManagedChannel channel(Endpoint address);

  /**
   * Raft's limits on this machine; the simulator makes them small, so that rare paths are common.
   */
  default RaftNodeConfig limits(RaftNodeConfig configured) {
    return configured;
  }

  /** The links of Raft; called once. */
  PeerNetwork links(PeerWorld world, PeerInbox inbox);

  /** Ends agents after their present turn, and executors; nothing runs afterwards. */
  @Override
  void close();
}
