// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.PeerStatus;
import dev.almadia.raft.core.config.MemberTarget;
import dev.almadia.raft.link.GroupMessage;
import dev.almadia.raft.link.PeerBatch;
import dev.almadia.raft.link.PeerInbox;
import dev.almadia.raft.store.RestoredGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * All of Raft on one broker: shards, the log writer, the cache. Any thread may call; it only hands
 * over to the shard that a group is pinned to ({@code groupId % shards}).
 *
 * <p>It makes no threads: the broker runs each of {@link #agents()} on one.
 */
public final class RaftNode implements RaftGroups, PeerInbox {
  private final RaftNodeServices services;
  private final TailCache cache;
  private final EntryLoader loader;
  private final CatchUpRate catchUp = new CatchUpRate();
  private final GroupViews views = new GroupViews();
  private final LogWriter writer;
  private final BatchChecks checks;
  private final List<RaftShard> shards;

  /** Makes everything; nothing runs before the agents do. */
  public RaftNode(RaftNodeConfig config, RaftNodeServices services) {
    this.services = services;
    this.checks = new BatchChecks(config.selfId());
    this.cache = new TailCache(config.shardLimits().cacheBytesMax());
    this.loader = new EntryLoader(services.store(), services.readExecutor(), config.shardLimits());
    RaftNodeServices.Callbacks callbacks = services.callbacks();
    this.writer =
        new LogWriter(
            services.store(),
            services.environment(),
            callbacks.fatalHandler(),
            callbacks.wakers().apply(LogWriter.NAME));
    NodeParts parts = new NodeParts(config, services, cache, loader, catchUp, views);
    List<RaftShard> made = new ArrayList<>();
    for (int number = 0; number < config.shards(); number++) {
      made.add(new RaftShard(number, parts, writer));
    }
    this.shards = List.copyOf(made);
  }

  /** The shards, by number. */
  public List<RaftShard> shards() {
    return shards;
  }

  /** The log writer. */
  public LogWriter writer() {
    return writer;
  }

  /** Everything that wants a thread of its own: the shards and the writer. */
  public List<RaftAgent> agents() {
    List<RaftAgent> agents = new ArrayList<>(shards);
    agents.add(writer);
    return agents;
  }

  /** Bytes of entries that are kept for readers. */
  public long cachedBytes() {
    return cache.bytes();
  }

  /** Bytes that reads from the store may bring into memory at the moment. */
  public long loadingBytes() {
    return loader.heldBytes();
  }

  /** Reads from the store since the start. */
  public long loads() {
    return loader.loads();
  }

  /** Reads from the store that were put off because too many were on the way. */
  public long refusedLoads() {
    return loader.refused();
  }

  /** Bytes that were read from the store for followers since the start. */
  public long catchUpBytes() {
    return catchUp.sentBytes();
  }

  /** Reads for followers that had to wait for {@link #setCatchUpRate}. */
  public long delayedCatchUps() {
    return catchUp.delayedLoads();
  }

  /** Messages that were dropped because a link brought them that cannot be from or for it. */
  public long foreignMessages() {
    return checks.dropped();
  }

  /**
   * Stops all groups: proposals that are not in a log fail with STOPPING, those that are with
   * OUTCOME_UNKNOWN. The shards must go on to be run until {@link RaftShard#isStopped}.
   */
  public void stop() {
    for (RaftShard shard : shards) {
      shard.mailbox().close();
      shard.mailbox().post(RaftShard::stop);
    }
  }

  private RaftShard shard(long groupId) {
    return shards.get((int) Long.remainderUnsigned(groupId, shards.size()));
  }

  private void post(long groupId, ShardTask task) {
    shard(groupId).mailbox().post(task);
  }

  @Override
  public void open(GroupSpec spec, @Nullable RestoredGroup restored) {
    post(spec.groupId(), shard -> shard.open(spec, restored));
  }

  @Override
  public void close(long groupId, boolean destroy) {
    post(groupId, shard -> shard.close(groupId, destroy));
  }

  @Override
  public void propose(long groupId, Proposal proposal) {
    shard(groupId).mailbox().request(new ShardMailbox.Request(groupId, proposal, null));
  }

  @Override
  public void read(long groupId, ReadCallback callback) {
    shard(groupId).mailbox().request(new ShardMailbox.Request(groupId, null, callback));
  }

  @Override
  public void transferLeadership(long groupId, int toBroker) {
    post(groupId, shard -> shard.transfer(groupId, toBroker));
  }

  @Override
  public void setTarget(long groupId, MemberTarget target) {
    post(groupId, shard -> shard.setTarget(groupId, target));
  }

  @Override
  public void advanceLogStart(long groupId, long index) {
    post(groupId, shard -> shard.advanceLogStart(groupId, index));
  }

  @Override
  public CompletableFuture<ForceResult> forceConfig(long groupId, List<Integer> voters) {
    CompletableFuture<ForceResult> answer = new CompletableFuture<>();
    post(groupId, shard -> shard.forceConfig(groupId, voters, answer));
    return answer;
  }

  @Override
  public void setSynced(long groupId, boolean synced) {
    post(groupId, shard -> shard.setSynced(groupId, synced));
  }

  @Override
  public void setCatchUpRate(long bytesPerSecond) {
    catchUp.set(bytesPerSecond, services.environment().nanoTime());
  }

  @Override
  public @Nullable GroupView view(long groupId) {
    return views.view(groupId);
  }

  @Override
  public List<GroupView> views() {
    return views.all();
  }

  @Override
  public @Nullable String problem(long groupId) {
    return views.problem(groupId);
  }

  @Override
  public void peers(long groupId, Consumer<List<PeerStatus>> answer) {
    post(groupId, shard -> shard.peers(groupId, answer));
  }

  @Override
  public List<Entry> cached(long groupId, long fromIndex, long maxBytes) {
    GroupView view = views.view(groupId);
    return view == null ? List.of() : cache.read(groupId, fromIndex, view.commitIndex(), maxBytes);
  }

  @Override
  public void receive(int fromBroker, PeerBatch batch) {
    if (!batch.leaderships().isEmpty()) {
      services.callbacks().leadershipListener().onLeaderships(fromBroker, batch.leaderships());
    }
    List<GroupMessage> messages = checks.sound(fromBroker, batch.messages());
    if (messages.isEmpty()) {
      return;
    }
    if (shards.size() == 1) {
      shards.get(0).mailbox().receive(messages);
      return;
    }
    List<List<GroupMessage>> parts = new ArrayList<>();
    shards.forEach(shard -> parts.add(new ArrayList<>()));
    for (GroupMessage message : messages) {
      parts.get(shard(message.groupId()).number()).add(message);
    }
    for (int number = 0; number < parts.size(); number++) {
      shards.get(number).mailbox().receive(parts.get(number));
    }
  }

  @Override
  public void connected(int brokerId) {
    shards.forEach(shard -> shard.mailbox().post(s -> s.connected(brokerId)));
  }

  @Override
  public void disconnected(int brokerId) {
    shards.forEach(shard -> shard.mailbox().post(s -> s.disconnected(brokerId)));
  }
}
