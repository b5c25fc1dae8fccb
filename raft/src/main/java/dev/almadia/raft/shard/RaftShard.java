// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import dev.almadia.raft.core.Invariant;
import dev.almadia.raft.core.Message;
import dev.almadia.raft.core.PeerStatus;
import dev.almadia.raft.core.RaftInput;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.config.MemberTarget;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.raft.core.log.Checkpoint;
import dev.almadia.raft.core.log.RestoredLog;
import dev.almadia.raft.link.GroupMessage;
import dev.almadia.raft.link.Leadership;
import dev.almadia.raft.store.NewReplica;
import dev.almadia.raft.store.RestoredGroup;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs thousands of groups on one thread. Shard thread only, but for {@link #stats} and {@link
 * #isStopped}.
 *
 * <p>A turn: the clock is read once; the mailbox is drained within caps; every group that has
 * something to do takes its share of the turn (see {@link GroupSlot}) and leaves its effects in the
 * open persist round and the outboxes; the round goes to the log writer if that is idle, else it
 * stays open and is filled by the turns to come; the outboxes are flushed, one frame per peer and
 * lane. Nothing in a turn blocks.
 *
 * <p>Group objects never leave their shard. What others may see of them are views, the cache of
 * entries, and counters, all published.
 */
public final class RaftShard implements RaftAgent {
  /** What a turn takes from the mailbox: enough for good batches, little enough to stay prompt. */
  private static final int MESSAGES_PER_TURN_MAX = 8192;

  private static final long BYTES_PER_TURN_MAX = 16 * 1024 * 1024;

  /**
   * Who leads what is told again so often: a broker without a replica learns it from nothing else,
   * so one lost frame would leave it without a leader to send calls to until the next election.
   */
  private static final int NEWS_TICKS = 100;

  private record Opening(GroupSpec spec, @Nullable RestoredGroup restored) {}

  private final int number;
  private final NodeParts parts;
  private final ShardMailbox mailbox;
  private final AgentSignal signal;
  private final ShardContext context;
  private final TickClock clock;
  private final Map<Long, GroupSlot> slots = new LinkedHashMap<>();
  private final Map<Long, CreatingGroup> creating = new LinkedHashMap<>();

  /** Groups whose former life here is still on its way to the disk; one of each. */
  private final Map<Long, Opening> deferred = new LinkedHashMap<>();

  /** Groups that were found damaged: as which replica, if that is known, else as it was opened. */
  private final Map<Long, Integer> damaged = new LinkedHashMap<>();

  /** What groups that do not run yet were told. */
  private final Map<Long, MemberTarget> targets = new LinkedHashMap<>();

  private int ticksSinceNews;
  private boolean failed;

  /** Set once by the shard, read by any thread. */
  private volatile boolean stopped;

  /** Published each tick by the shard, read by any thread. */
  private volatile ShardStats stats;

  RaftShard(int number, NodeParts parts, LogWriter writer) {
    this.number = number;
    this.parts = parts;
    this.signal = new AgentSignal(parts.services().callbacks().wakers().apply(nameOf(number)));
    this.mailbox = new ShardMailbox(parts.config().shardLimits(), signal);
    this.context = new ShardContext(parts, mailbox, writer);
    this.clock = new TickClock(parts.config().timings());
    this.stats = context.counters.snapshot(this, context, clock);
  }

  private static String nameOf(int number) {
    return "raft-shard-" + number;
  }

  @Override
  public String name() {
    return nameOf(number);
  }

  @Override
  public long idleNanos() {
    return stopped || failed
        ? parts.config().timings().tickNanos()
        : clock.idleNanos(parts.services().environment().nanoTime());
  }

  /** Counters as of the last tick. Any thread. */
  public ShardStats stats() {
    return stats;
  }

  /** Whether it has failed everything that waited, after {@link RaftNode#stop}. Any thread. */
  public boolean isStopped() {
    return stopped;
  }

  int number() {
    return number;
  }

  int groupCount() {
    return slots.size();
  }

  ShardMailbox mailbox() {
    return mailbox;
  }

  @Override
  public int doWork() {
    signal.lower();
    if (failed) {
      return 0;
    }
    try {
      return turn();
    } catch (RuntimeException | Error e) {
      // A group's state may be half changed: nothing it says can be trusted any more. Errors too:
      // a broken invariant is one, and a thread that dies silently would leave a dumb broker.
      failed = true;
      parts.services().callbacks().fatalHandler().onFatal(name(), e);
      return 0;
    }
  }

  private int turn() {
    ShardEnvironment environment = parts.services().environment();
    context.turnNanos = environment.nanoTime();
    context.turnWallMillis = environment.wallMillis();
    int work = runTasks();
    if (stopped) {
      return work;
    }
    work += drainPeers() + drainRequests();
    int ticks = clock.due(context.turnNanos);
    tick(ticks);
    work += runReady();
    context.catchUp.start(context.turnNanos);
    work += context.rounds.maybeHandOver();
    openDeferred();
    ticksSinceNews += ticks;
    if (ticksSinceNews >= NEWS_TICKS) {
      ticksSinceNews = 0;
      slots.values().stream().filter(GroupSlot::leads).forEach(this::announce);
    }
    if (clock.isBeatDue()) {
      context.outboxes.releaseBeats();
    }
    work += context.outboxes.flush();
    if (work > 0) {
      context.counters.turn(TickClock.elapsedNanos(context.turnNanos, environment.nanoTime()));
    }
    if (ticks > 0) {
      stats = context.counters.snapshot(this, context, clock);
    }
    // A group that goes on in the next turn is work, or the thread would pause before it.
    return work + context.readyCount();
  }

  private void tick(int ticks) {
    if (ticks > 0 && clock.isQuiet()) {
      slots.values().forEach(slot -> slot.skipTicks(ticks));
    }
    context.ticks.advance(ticks);
  }

  private void announce(GroupSlot slot) {
    context.outboxes.announce(slot.leadership());
  }

  private int runTasks() {
    int work = 0;
    for (ShardTask task = mailbox.pollTask(); task != null; task = mailbox.pollTask()) {
      task.run(this);
      work++;
    }
    return work;
  }

  private int drainPeers() {
    int work = 0;
    while (work < MESSAGES_PER_TURN_MAX) {
      ShardMailbox.PeerMail mail = mailbox.pollControl();
      if (mail == null) {
        break;
      }
      mail.messages().forEach(this::deliver);
      work += mail.messages().size();
    }
    long bytes = 0;
    while (work < MESSAGES_PER_TURN_MAX && bytes < BYTES_PER_TURN_MAX && !context.rounds.isFull()) {
      ShardMailbox.PeerMail mail = mailbox.pollData();
      if (mail == null) {
        break;
      }
      for (GroupMessage message : mail.messages()) {
        bytes += ShardMailbox.costBytes(message.message());
        deliver(message);
      }
      work += mail.messages().size();
    }
    return work;
  }

  private void deliver(GroupMessage groupMessage) {
    Message message = groupMessage.message();
    GroupSlot slot = slots.get(groupMessage.groupId());
    if (slot != null) {
      if (slot.takeSteady(message)) {
        mailbox.release(message);
      } else {
        slot.receive(message);
      }
      return;
    }
    CreatingGroup group = creating.get(groupMessage.groupId());
    if (group != null) {
      group.receive(message);
    } else {
      mailbox.release(message);
    }
  }

  private int drainRequests() {
    int work = 0;
    long bytes = 0;
    while (work < MESSAGES_PER_TURN_MAX && bytes < BYTES_PER_TURN_MAX) {
      ShardMailbox.Request request = context.rounds.isFull() ? null : mailbox.pollRequest();
      if (request == null) {
        break;
      }
      GroupSlot slot = slots.get(request.groupId());
      if (slot != null) {
        slot.request(request);
      } else {
        mailbox.release(request);
        boolean isComing =
            creating.containsKey(request.groupId()) || deferred.containsKey(request.groupId());
        request.fail(isComing ? ProposalFailure.NOT_READY : ProposalFailure.NO_SUCH_GROUP);
      }
      bytes += request.costBytes();
      work++;
    }
    return work;
  }

  /** Those that are ready now; who becomes ready by that has its turn in the next one. */
  private int runReady() {
    int work = 0;
    for (int left = context.readyCount(); left > 0; left--) {
      GroupSlot slot = context.nextReady();
      if (slot != null) {
        work += slot.runTurn();
      }
    }
    return work;
  }

  // What follows are tasks from the mailbox.

  void roundWritten() {
    int groups = context.rounds.written();
    Invariant.check(groups > 0, "a written round had no group: {}", groups);
    context.roomMade();
    if (stopped) {
      handOverLast();
    }
  }

  /**
   * The states of all groups at the end, behind what is being written. Nobody waits for it: who
   * closes the store before loses nothing but time at the next start.
   */
  private void handOverLast() {
    int unused = context.rounds.maybeHandOver();
  }

  void open(GroupSpec spec, @Nullable RestoredGroup restored) {
    long groupId = spec.groupId();
    if (stopped || slots.containsKey(groupId) || creating.containsKey(groupId)) {
      return;
    }
    if (context.rounds.isOnTheWay(groupId)) {
      deferred.putIfAbsent(groupId, new Opening(spec, restored));
      return;
    }
    if (restored == null) {
      if (!mayReplaceDamaged(spec)) {
        return;
      }
      CreatingGroup group = new CreatingGroup(this, mailbox, spec);
      creating.put(groupId, group);
      parts.views().solved(groupId);
      context.rounds.create(group, new NewReplica(spec.selfId(), spec.config()));
      return;
    }
    RestoredLog log = restored.log();
    String damage = log == null ? restored.damage() : damageOf(log.checkpoint(), spec.machine());
    if (log == null || damage != null) {
      parts.views().problem(groupId, damage == null ? "damaged" : damage);
      damaged.put(groupId, restored.selfId() == 0 ? spec.selfId() : restored.selfId());
      return;
    }
    start(new GroupSlot(context, spec, log), groupId);
  }

  /** Its bytes are what was written; so another version wrote them. */
  private static @Nullable String damageOf(@Nullable Checkpoint checkpoint, StateMachine machine) {
    return checkpoint == null || machine.canRestore(checkpoint.state())
        ? null
        : checkpoint + " cannot be read";
  }

  /** Only a later life may take the place of a damaged one; and then nothing is left of that. */
  private boolean mayReplaceDamaged(GroupSpec spec) {
    Integer former = damaged.get(spec.groupId());
    if (former == null) {
      return true;
    }
    if (ReplicaId.life(spec.selfId()) <= ReplicaId.life(former)) {
      return false;
    }
    damaged.remove(spec.groupId());
    return true;
  }

  private void destroyDamaged(long groupId) {
    Integer former = damaged.remove(groupId);
    if (former != null) {
      parts.views().solved(groupId);
      // Also says which life it was, should the store not be able to read it.
      context.rounds.create(
          new DestroyedGroup(groupId), new NewReplica(former, GroupConfig.UNKNOWN));
      context.rounds.destroy(new DestroyedGroup(groupId));
    }
  }

  /** The new group is on disk now. */
  void activate(CreatingGroup group) {
    GroupSpec spec = group.spec();
    creating.remove(spec.groupId());
    GroupSlot slot = new GroupSlot(context, spec, RestoredLog.empty(spec.selfId(), spec.config()));
    slot.setSynced(group.synced());
    start(slot, spec.groupId());
    if (spec.campaignAtOnce()) {
      slot.input(new RaftInput.Campaign());
    }
    group.waiting().forEach(slot::receive);
  }

  private void start(GroupSlot slot, long groupId) {
    slots.put(groupId, slot);
    MemberTarget target = targets.remove(groupId);
    if (target != null) {
      slot.input(new RaftInput.SetTarget(target));
    }
    context.ready(slot);
  }

  private void openDeferred() {
    if (deferred.isEmpty()) {
      return;
    }
    List<Opening> again = new ArrayList<>(deferred.values());
    deferred.clear();
    again.forEach(opening -> open(opening.spec(), opening.restored()));
  }

  void close(long groupId, boolean destroy) {
    boolean wasDeferred = deferred.remove(groupId) != null;
    targets.remove(groupId);
    GroupSlot slot = slots.remove(groupId);
    CreatingGroup group = creating.remove(groupId);
    if (slot != null) {
      slot.close(ProposalFailure.NO_SUCH_GROUP);
    }
    if (group != null) {
      group.close();
    }
    boolean exists = slot != null || group != null;
    if (destroy && exists) {
      context.rounds.destroy(new DestroyedGroup(groupId));
    } else if (destroy) {
      destroyDamaged(groupId);
    }
    assert !(wasDeferred && exists) : "deferred and running: " + groupId;
  }

  void transfer(long groupId, int toBroker) {
    GroupSlot slot = slots.get(groupId);
    if (slot != null) {
      slot.transferTo(toBroker);
    }
  }

  void setTarget(long groupId, MemberTarget target) {
    GroupSlot slot = slots.get(groupId);
    if (slot != null) {
      slot.input(new RaftInput.SetTarget(target));
    } else if (creating.containsKey(groupId) || deferred.containsKey(groupId)) {
      targets.merge(groupId, target, (one, other) -> other.version() < one.version() ? one : other);
    }
  }

  void advanceLogStart(long groupId, long index) {
    GroupSlot slot = slots.get(groupId);
    if (slot != null) {
      slot.advanceLogStart(index);
    }
  }

  void forceConfig(long groupId, List<Integer> voters, CompletableFuture<ForceResult> answer) {
    GroupSlot slot = slots.get(groupId);
    if (slot != null) {
      slot.forceConfig(voters, answer);
    } else {
      answer.complete(ForceResult.NO_SUCH_GROUP);
    }
  }

  void setSynced(long groupId, boolean synced) {
    GroupSlot slot = slots.get(groupId);
    if (slot != null) {
      slot.setSynced(synced);
    }
    CreatingGroup group = creating.get(groupId);
    if (group != null) {
      group.setSynced(synced);
    }
  }

  void peers(long groupId, Consumer<List<PeerStatus>> answer) {
    GroupSlot slot = slots.get(groupId);
    answer.accept(slot == null ? List.of() : slot.peers());
  }

  void connected(int brokerId) {
    List<Leadership> led = new ArrayList<>(context.ledGroups);
    for (GroupSlot slot : slots.values()) {
      if (slot.leads()) {
        led.add(slot.leadership());
      }
      slot.input(new RaftInput.PeerReachable(brokerId));
    }
    context.outboxes.connected(brokerId, led);
  }

  void disconnected(int brokerId) {
    context.outboxes.disconnected(brokerId);
    slots.values().forEach(slot -> slot.input(new RaftInput.PeerUnreachable(brokerId)));
  }

  /** Fails everything that waits. What was appended has an unknown fate: a peer may commit it. */
  void stop() {
    if (stopped) {
      return;
    }
    drainRequestsForStop();
    slots.values().forEach(GroupSlot::saveState);
    handOverLast();
    slots.values().forEach(slot -> slot.close(ProposalFailure.STOPPING));
    slots.clear();
    creating.values().forEach(CreatingGroup::close);
    creating.clear();
    deferred.clear();
    targets.clear();
    int frames = context.outboxes.flush();
    assert frames >= 0;
    mailbox.abandon();
    stopped = true;
  }

  private void drainRequestsForStop() {
    for (ShardMailbox.Request request = mailbox.pollRequest();
        request != null;
        request = mailbox.pollRequest()) {
      mailbox.release(request);
      request.fail(ProposalFailure.STOPPING);
    }
  }
}
