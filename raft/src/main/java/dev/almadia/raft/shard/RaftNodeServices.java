// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import dev.almadia.raft.link.PeerLinks;
import dev.almadia.raft.store.LogStore;
import java.util.concurrent.Executor;
import java.util.function.Function;

/**
 * What a {@link RaftNode} needs from outside.
 *
 * @param environment time and chance; called by all agents
 * @param store where logs are kept
 * @param links the way to other brokers
 * @param readExecutor runs reads of the store, which may block. It may refuse by {@code
 *     RejectedExecutionException}; at most {@link ShardLimits#loadsMax} are given to it at once
 * @param callbacks what the node tells the broker
 */
public record RaftNodeServices(
    ShardEnvironment environment,
    LogStore store,
    PeerLinks links,
    Executor readExecutor,
    Callbacks callbacks) {
  /**
   * What a node tells the broker.
   *
   * @param wakers wakes the agent of a name, see {@link RaftAgent#name}
   * @param fatalHandler stops the process
   * @param leadershipListener hears who leads what elsewhere
   */
  public record Callbacks(
      Function<String, Waker> wakers,
      FatalHandler fatalHandler,
      LeadershipListener leadershipListener) {}
}
