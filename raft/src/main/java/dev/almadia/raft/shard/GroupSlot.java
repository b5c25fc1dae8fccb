// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import dev.almadia.raft.core.Effects;
import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.LogMark;
import dev.almadia.raft.core.Message;
import dev.almadia.raft.core.PeerStatus;
import dev.almadia.raft.core.RaftCore;
import dev.almadia.raft.core.RaftInput;
import dev.almadia.raft.core.Role;
import dev.almadia.raft.core.SteadyState;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.raft.core.log.LogStart;
import dev.almadia.raft.core.log.RestoredLog;
import dev.almadia.raft.link.Leadership;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One group on its shard: the core, and everything around it that waits for something. Shard thread
 * only.
 *
 * <p>A turn is: answers of loads, messages, ticks, requests; then the effects of all of it are
 * carried out together. Messages come before ticks so that a beat that waits here cannot lose
 * against the timeout that it would have prevented.
 *
 * <p>After every single step the slot looks whether it still leads the term that it led before.
 * What was committed up to the step before that ended is proven; what it appended behind that is
 * unknown, even if the very step that ended it commits something at these indexes.
 */
final class GroupSlot implements RoundOwner, TickWheel.Sleeper {
  /** What one group may take of a turn; the rest waits for the next, behind the other groups. */
  private static final int MESSAGES_PER_TURN_MAX = 64;

  private static final long MESSAGE_BYTES_PER_TURN_MAX = 1024 * 1024;
  private static final int REQUESTS_PER_TURN_MAX = 1024;
  private static final long REQUEST_BYTES_PER_TURN_MAX = 4 * 1024 * 1024;

  /** Steps to itself may have effects again; each round of them is one election step further. */
  private static final int DRAINS_PER_TURN_MAX = 8;

  private final ShardContext context;
  private final long groupId;
  private final int selfId;
  private final RaftCore core;
  private final SteadyState steady;
  private final TailCache.GroupTail tail;
  private final SlotLoads loads;
  private final Applier applier;
  private final SlotView view;

  private final ArrayDeque<RaftInput> inputs = new ArrayDeque<>();
  private final ArrayDeque<Message> messages = new ArrayDeque<>();
  private final ArrayDeque<ShardMailbox.Request> requests = new ArrayDeque<>();
  private final AckQueue acks = new AckQueue();
  private final SlotProposals proposals;
  private final ReadWaiters reads = new ReadWaiters();
  private final PendingForce force = new PendingForce();

  private boolean synced;
  private boolean isReady;
  private boolean closed;

  /** Everything that is committed was applied when it was last looked at. */
  private boolean isApplied;

  /** Ticks of the shard up to this one have passed for the core. */
  private long passedTick;

  /** The tick at which the shard looks at this group again, 0 for none. */
  private long wakeTick;

  /** The term that it led when it last looked, 0 if none. */
  private long ledTerm;

  /** Committed up to here, seen while leading. */
  private long provenIndex;

  /** Commit index at which the present leadership was confirmed, 0 if it is not. */
  private long confirmIndex;

  /** Beats of a newer round of reads than this carry reads that wait, so they leave at once. */
  private long sentReadRound;

  private long newReadRound;

  GroupSlot(ShardContext context, GroupSpec spec, RestoredLog restored) {
    this.context = context;
    this.groupId = spec.groupId();
    this.synced = spec.synced();
    this.selfId = restored.selfId();
    NodeParts parts = context.parts;
    this.core =
        new RaftCore(
            parts.config().core(groupId, selfId), restored, parts.services().environment()::random);
    this.steady = core.steady();
    this.tail = parts.cache().open(groupId);
    restored.tail().forEach(tail::append);
    this.loads = new SlotLoads(this, context, tail);
    this.proposals = new SlotProposals(context, core, spec.machine(), acks);
    this.applier = new Applier(this, spec.machine(), tail, restored);
    applier.advance(core.commitIndex());
    core.applied(applier.appliedIndex());
    this.view =
        new SlotView(
            parts, spec, restored, core, Math.min(applier.appliedIndex(), core.commitIndex()));
    this.passedTick = context.ticks.now();
    steady.skip(passedTick);
  }

  @Override
  public long groupId() {
    return groupId;
  }

  @Override
  public long commitIndex() {
    return core.commitIndex();
  }

  long durableIndex() {
    return core.durableIndex();
  }

  long lastIndex() {
    return core.last().index();
  }

  EntryLoader.Anchor logStart() {
    return new EntryLoader.Anchor(core.logStart(), core.logStartOffset());
  }

  long termAt(long index) {
    return core.termAt(index);
  }

  GroupLimits limits() {
    return context.parts.config().groupLimits();
  }

  /** What is wrong here, for the operator. */
  void problem(String what) {
    context.parts.views().problem(groupId, what);
  }

  @Nullable Entry entryInMemory(long index) {
    return core.entryInMemory(index);
  }

  boolean isClosed() {
    return closed;
  }

  SlotLoads loads() {
    return loads;
  }

  void setSynced(boolean synced) {
    this.synced = synced;
  }

  /** Returns whether it was not marked before; the turn unmarks it. */
  boolean markReady() {
    boolean marked = !isReady && !closed;
    isReady = true;
    return marked;
  }

  void receive(Message message) {
    if (message instanceof Message.ResetLog reset && !applier.canTake(reset)) {
      // Of a log that is never cut, or with a state that this version cannot read.
      context.mailbox.release(message);
      return;
    }
    messages.addLast(message);
    context.ready(this);
  }

  void input(RaftInput input) {
    inputs.addLast(input);
    context.ready(this);
  }

  /** Hands leadership to the voter on that broker: the newest life, should two of them vote. */
  void transferTo(int brokerId) {
    core.groupConfig().voters().stream()
        .filter(voter -> ReplicaId.broker(voter) == brokerId)
        .max(Comparator.comparingInt(ReplicaId::life))
        .ifPresent(voter -> input(new RaftInput.TransferTo(voter)));
  }

  /**
   * Looks up what has to be said of the entry, then lets the core decide. Nothing if the machine
   * needs the entries that would go.
   */
  void advanceLogStart(long index) {
    if (!applier.keepsLog() && leads()) {
      loads.header(
          index,
          header ->
              input(
                  new RaftInput.AdvanceLogStart(
                      index, header.nextOffset(), header.maxTimestampMs())));
    }
  }

  void forceConfig(List<Integer> voters, CompletableFuture<ForceResult> answer) {
    passTicks();
    force.start(core, voters, answer);
    if (core.isForcing() && applier.endAt(core.last())) {
      core.applied(applier.appliedIndex());
      context.rounds.save(this, applier.takeCheckpoint());
    }
    context.ready(this);
  }

  void request(ShardMailbox.Request request) {
    requests.addLast(request);
    context.ready(this);
  }

  /**
   * Takes a message that changes nothing at once, past the queue; false if it has to be received.
   * Not if anything waits here: messages of a peer keep their order.
   */
  boolean takeSteady(Message message) {
    if (isReady || closed || !steady.is(message)) {
      return false;
    }
    passTicks();
    Message answer = steady.take(message);
    if (answer != null) {
      context.outboxes.hold(groupId, message.from(), answer);
    }
    return true;
  }

  @Override
  public void wake(long tick) {
    if (closed || tick != wakeTick) {
      return;
    }
    wakeTick = 0;
    boolean isSpare = context.ticks.now() - passedTick <= spareTicks();
    if (isApplied && (isSpare || isSameBeatDone())) {
      wakeLater();
    } else {
      context.ready(this);
    }
  }

  /** Beats without a turn, if that is all that is to be done at this tick. */
  private boolean isSameBeatDone() {
    if (isReady) {
      return false;
    }
    passTicks();
    if (context.ticks.now() - passedTick != 1 || !steady.isNextTickTheSameBeat()) {
      return false;
    }
    List<Message> said = context.effects.sendNow();
    context.effects.clear();
    steady.beat(said);
    passedTick++;
    said.forEach(this::send);
    return true;
  }

  /** Ticks that nobody who does not lead shall count. */
  void skipTicks(int ticks) {
    if (!leads()) {
      steady.skip(ticks);
      passedTick += ticks;
    }
  }

  /** Lets those ticks pass that do nothing. */
  private void passTicks() {
    long waiting = context.ticks.now() - passedTick;
    if (waiting > 0) {
      int ticks = (int) Math.min(waiting, steady.spareTicks());
      steady.pass(ticks);
      passedTick += ticks;
    }
  }

  /** What could not be applied is tried again with each tick. */
  private int spareTicks() {
    return isApplied ? steady.spareTicks() : 0;
  }

  private void wakeLater() {
    long tick = context.ticks.within(passedTick + spareTicks() + 1);
    if (wakeTick == 0 || tick < wakeTick) {
      wakeTick = tick;
      context.ticks.wakeAt(tick, this);
    }
  }

  boolean leads() {
    return core.role() == Role.LEADER;
  }

  boolean leadsIn(long term) {
    return !closed && leads() && core.term() == term;
  }

  Leadership leadership() {
    return new Leadership(groupId, core.term(), context.selfBroker());
  }

  List<PeerStatus> peers() {
    return core.peers();
  }

  /** One turn; returns how much was done. */
  int runTurn() {
    if (closed) {
      return 0;
    }
    isReady = false;
    passTicks();
    int work = stepInputs() + stepMessages() + tick() + serveRequests();
    settle();
    wakeLater();
    if (!messages.isEmpty() || !inputs.isEmpty()) {
      context.ready(this);
    }
    return work;
  }

  private int stepInputs() {
    int work = inputs.size();
    for (int i = 0; i < work; i++) {
      step(inputs.removeFirst());
    }
    return work;
  }

  private int stepMessages() {
    int work = 0;
    long bytes = 0;
    while (!messages.isEmpty()
        && work < MESSAGES_PER_TURN_MAX
        && bytes < MESSAGE_BYTES_PER_TURN_MAX) {
      Message message = messages.removeFirst();
      bytes += ShardMailbox.costBytes(message);
      context.mailbox.release(message);
      step(new RaftInput.PeerMessage(message));
      work++;
    }
    return work;
  }

  private int tick() {
    int ticks = (int) (context.ticks.now() - passedTick);
    passedTick = context.ticks.now();
    for (int i = 0; i < ticks; i++) {
      core.tick();
      noteLeadership();
    }
    return ticks;
  }

  private void step(RaftInput input) {
    core.step(input);
    noteLeadership();
  }

  private void noteLeadership() {
    boolean leads = leads();
    if (ledTerm != 0 && !(leads && core.term() == ledTerm)) {
      acks.loseAfter(provenIndex);
      context.outboxes.announce(new Leadership(groupId, ledTerm, 0));
      context.ledGroups--;
      ledTerm = 0;
      confirmIndex = 0;
    }
    if (leads && ledTerm == 0) {
      ledTerm = core.term();
      context.outboxes.announce(leadership());
      context.ledGroups++;
    }
    if (leads) {
      provenIndex = core.commitIndex();
      if (confirmIndex == 0 && core.isConfirmedLeader()) {
        confirmIndex = provenIndex;
      }
    }
  }

  private boolean isConfirmed() {
    return core.isConfirmedLeader() && applier.appliedIndex() >= confirmIndex;
  }

  private @Nullable ProposalFailure refusal() {
    if (!leads()) {
      return ProposalFailure.NOT_LEADER;
    }
    return isConfirmed() && !core.isTransferring() ? null : ProposalFailure.NOT_READY;
  }

  private int serveRequests() {
    if (requests.isEmpty()) {
      return 0;
    }
    int served = 0;
    List<ShardMailbox.Request> accepted = new ArrayList<>();
    long acceptedBytes = 0;
    @Nullable ProposalFailure refusal = refusal();
    while (!requests.isEmpty() && served < REQUESTS_PER_TURN_MAX) {
      if (context.rounds.isFull() || acceptedBytes >= REQUEST_BYTES_PER_TURN_MAX) {
        break;
      }
      ShardMailbox.Request request = requests.removeFirst();
      served++;
      ProposalFailure failure = refusal;
      if (failure == null && request.proposal() != null) {
        failure = proposals.roomFor(request.costBytes(), acceptedBytes);
      }
      if (failure != null) {
        context.mailbox.release(request);
        request.fail(failure);
      } else if (request.proposal() != null) {
        accepted.add(request);
        acceptedBytes += request.costBytes();
      } else {
        context.mailbox.release(request);
        read(request);
      }
    }
    if (!accepted.isEmpty()) {
      proposals.append(accepted);
      noteLeadership();
    }
    requeueRequests();
    return served;
  }

  private void requeueRequests() {
    if (requests.isEmpty()) {
      return;
    }
    if (context.rounds.isFull()) {
      context.waitForRoom(this);
    } else {
      context.ready(this);
    }
  }

  private void read(ShardMailbox.Request request) {
    ReadCallback callback = request.read();
    if (callback == null) {
      return;
    }
    if (reads.isFull()) {
      callback.onFailed(ProposalFailure.OVERLOADED);
      return;
    }
    long requestId = reads.add(callback);
    if (!core.requestRead(requestId)) {
      reads.failed(requestId, ProposalFailure.NOT_LEADER);
    }
    noteLeadership();
  }

  /** Carries out what the core wants; then applies, publishes and answers. */
  private void settle() {
    for (int i = 0; core.hasEffects(); i++) {
      if (i == DRAINS_PER_TURN_MAX) {
        context.ready(this);
        break;
      }
      drain();
    }
    apply();
    // After a reset the machine may know what its log is still to get.
    view.publish(isConfirmed(), Math.min(applier.appliedIndex(), core.commitIndex()));
    force.settle(core, isConfirmed());
    acks.complete(
        Math.min(provenIndex, applier.appliedIndex()),
        appendedNanos ->
            context.counters.commit(TickClock.elapsedNanos(appendedNanos, context.turnNanos)));
    if (reads.hasConfirmed()) {
      reads.complete(view.get());
    }
  }

  private void apply() {
    // What is applied is in this round or one before it, unless the core was left with effects.
    boolean isHandedOver = !core.hasEffects();
    boolean goesOn = applier.advance(core.commitIndex());
    isApplied = applier.appliedIndex() >= core.commitIndex();
    core.applied(applier.appliedIndex());
    if (isHandedOver && applier.isCheckpointDue()) {
      context.rounds.save(this, applier.takeCheckpoint());
    }
    // A start of the log may have waited for that.
    if (goesOn || core.hasEffects()) {
      context.ready(this);
    }
  }

  /** The process ends in good order: the next one need not read what this one has applied. */
  void saveState() {
    if (applier.isChanged() && !core.hasEffects()) {
      context.rounds.save(this, applier.takeCheckpoint());
    }
  }

  private void drain() {
    Effects effects = context.effects;
    effects.clear();
    core.drainTo(effects);
    Effects.Reset reset = effects.reset();
    if (reset != null) {
      tail.truncate(0);
      applier.reset(reset);
    }
    LogStart logStart = effects.logStart();
    if (logStart != null) {
      tail.cutTo(logStart.index());
    }
    if (effects.truncateFrom() != 0) {
      tail.truncate(effects.truncateFrom());
    }
    for (Entry entry : effects.appended()) {
      tail.append(entry);
    }
    if (effects.configChanged()) {
      view.configChanged();
    }
    boolean releaseAtOnce = context.rounds.add(this, effects, synced);
    if (logStart != null && applier.savedIndex() < logStart.index()) {
      context.rounds.save(this, applier.takeCheckpoint());
    }
    effects.readsReady().forEach(ready -> reads.confirmed(ready.requestId(), ready.index()));
    effects.readsFailed().forEach(id -> reads.failed(id, ProposalFailure.NOT_LEADER));
    effects.loads().forEach(loads::start);
    effects.sendNow().forEach(this::send);
    sentReadRound = newReadRound;
    if (releaseAtOnce) {
      effects.sendAfterPersist().forEach(this::send);
    }
  }

  private void send(Message message) {
    if (message.to() == selfId) {
      step(new RaftInput.PeerMessage(message));
    } else if (message instanceof Message.Heartbeat beat && beat.readRound() <= sentReadRound) {
      context.outboxes.hold(groupId, beat.to(), beat);
    } else if (message instanceof Message.ResetLog reset) {
      sendReset(reset);
    } else {
      if (message instanceof Message.Heartbeat beat) {
        newReadRound = beat.readRound();
      }
      context.outboxes.add(groupId, message);
    }
  }

  /** Nothing if the own state is lost: another one has to lead. */
  private void sendReset(Message.ResetLog reset) {
    if (applier.appliedIndex() >= reset.start().index()) {
      context.outboxes.add(groupId, reset.with(applier.checkpoint()));
    }
  }

  @Override
  public void persisted(@Nullable LogMark mark, List<Message> released) {
    if (closed) {
      return;
    }
    if (mark != null) {
      passTicks();
      step(new RaftInput.LogPersisted(mark));
    }
    released.forEach(this::send);
    context.ready(this);
  }

  /** The group stops here. What is not in the log fails with this, what is has an unknown fate. */
  void close(ProposalFailure notAppended) {
    closed = true;
    messages.forEach(context.mailbox::release);
    messages.clear();
    for (ShardMailbox.Request request : requests) {
      context.mailbox.release(request);
      request.fail(notAppended);
    }
    requests.clear();
    acks.loseAfter(0);
    reads.failAll(notAppended);
    force.end(ForceResult.NO_SUCH_GROUP);
    context.outboxes.forget(groupId);
    if (ledTerm != 0) {
      context.outboxes.announce(new Leadership(groupId, ledTerm, 0));
      context.ledGroups--;
    }
    context.parts.cache().close(groupId);
    context.parts.views().close(groupId);
  }
}
