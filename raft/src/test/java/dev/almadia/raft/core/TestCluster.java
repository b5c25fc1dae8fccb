// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.log.LogStart;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.IntUnaryOperator;

/**
 * One group on several virtual brokers. Nothing happens by itself: whoever holds it ticks, delivers
 * and persists. After every step the replica's invariants are checked, after every drain those of
 * the cluster.
 */
final class TestCluster {
  static final long GROUP = 7;

  /** A replica, its disk, and what the disk has not done yet. */
  final class Node {
    final int id;
    final FakeDisk disk;
    final List<FakeDisk.Round> unwritten = new ArrayList<>();
    final List<FakeDisk.Round> uncompleted = new ArrayList<>();
    final List<Effects.LoadRequest> loads = new ArrayList<>();
    final List<EntryId> proposed = new ArrayList<>();
    RaftCore core;
    ClusterChecks checks;
    private final List<Entry> handedOut = new ArrayList<>();
    private long startIndex;
    private long commitIndex;

    Node(int id, GroupConfig members, ClusterChecks checks) {
      this.id = id;
      this.checks = checks;
      this.disk = new FakeDisk(id, members);
    }

    private Entry handedOut(long index) {
      return handedOut.get((int) (index - startIndex) - 1);
    }

    boolean isUp() {
      return core != null;
    }
  }

  final Map<Integer, Node> nodes = new TreeMap<>();
  final List<Message> network = new ArrayList<>();
  final ClusterChecks checks = new ClusterChecks();
  final List<String> events = new ArrayList<>();
  private final Effects effects = new Effects();
  private final SteadyTwin steady = new SteadyTwin();
  private final CoreConfig settings;
  private final IntUnaryOperator random;
  private boolean isDrainingAtOnce = true;
  private long requestId;

  TestCluster(GroupConfig members, CoreConfig settings, IntUnaryOperator random) {
    this.settings = settings;
    this.random = random;
    List<Integer> all = new ArrayList<>(members.voters());
    all.addAll(members.learners());
    all.forEach(id -> open(id, members));
  }

  /** Makes a replica with an empty disk. */
  void open(int id, GroupConfig config) {
    nodes.put(id, new Node(id, config, checks));
    restart(id);
  }

  /** The replica and its disk are gone for good. */
  void destroy(int id) {
    nodes.remove(id);
    checks.crashed(id);
  }

  /**
   * A replica makes itself leader. The other members, but for the voters, are given up: they go on
   * in a world of their own, where what was committed still is.
   */
  ForceOutcome force(int id, List<Integer> voters) {
    ForceOutcome[] outcome = new ForceOutcome[1];
    on(id, core -> outcome[0] = core.forceConfig(voters));
    if (outcome[0] == ForceOutcome.ACCEPTED) {
      ClusterChecks others = checks.copy();
      for (Node node : nodes.values()) {
        if (!voters.contains(node.id)) {
          node.checks = others;
        }
      }
      checks.forced(nodes.get(id).core);
    }
    return outcome[0];
  }

  /** Beats that were only the same heartbeats again, and took the short way or might have. */
  long beatsTheSame() {
    return steady.beatsTheSame();
  }

  /** Effects pile up in the core until {@link #drain}; default is to take them after each step. */
  void drainAtOnce(boolean atOnce) {
    isDrainingAtOnce = atOnce;
  }

  Node node(int id) {
    return nodes.get(id);
  }

  List<Node> up() {
    return nodes.values().stream().filter(Node::isUp).toList();
  }

  /** Runs something on a replica, and checks. */
  void on(int id, Consumer<RaftCore> action) {
    Node node = nodes.get(id);
    if (node == null || !node.isUp()) {
      return;
    }
    RaftInvariants.Snapshot before = RaftInvariants.snapshot(node.core);
    action.accept(node.core);
    RaftInvariants.check(before, node.core);
    checkDurable(node);
    checkCommit(before, node);
    if (node.core.role() == Role.LEADER) {
      node.checks.leads(id, node.core.term());
    }
    if (isDrainingAtOnce) {
      drain(id);
    }
  }

  void step(int id, RaftInput input) {
    on(id, core -> core.step(input));
  }

  void tick(int id) {
    on(
        id,
        core -> {
          if (!steady.tick(core, network)) {
            core.tick();
          }
        });
  }

  void deliver(Message message) {
    on(
        message.to(),
        core -> {
          if (!steady.deliver(core, message, network)) {
            core.step(new RaftInput.PeerMessage(message));
          }
        });
  }

  ProposeResult propose(int id, String... payloads) {
    Node node = nodes.get(id);
    if (!node.isUp()) {
      return new ProposeResult(ProposeResult.Outcome.NOT_LEADER, 0);
    }
    ProposeResult[] result = new ProposeResult[1];
    on(
        id,
        core -> {
          List<EntryDraft> drafts = new ArrayList<>();
          long offset = core.lastNextOffset();
          for (String payload : payloads) {
            offset++;
            drafts.add(
                new EntryDraft(
                    EntryKind.DATA,
                    offset,
                    core.lastMaxTimestampMs() + 1,
                    payload.getBytes(UTF_8)));
          }
          result[0] = core.propose(core.term(), drafts);
          if (result[0].outcome() == ProposeResult.Outcome.ACCEPTED) {
            for (int i = 0; i < payloads.length; i++) {
              node.proposed.add(new EntryId(core.term(), result[0].firstIndex() + i));
            }
          }
        });
    return result[0];
  }

  /** The leader is told to let everything up to an index go, if it has that on disk. */
  void advance(int id, long index) {
    FakeDisk disk = nodes.get(id).disk;
    if (index > disk.start().index() && index <= disk.lastIndex()) {
      Entry last = disk.at(index);
      step(
          id,
          new RaftInput.AdvanceLogStart(index, last.nextOffset(), last.header().maxTimestampMs()));
    }
  }

  /** Returns the request's id, 0 if refused. */
  long read(int id) {
    long[] asked = {0};
    on(
        id,
        core -> {
          ClusterChecks checks = nodes.get(id).checks;
          checks.readAsked(id, ++requestId);
          if (core.requestRead(requestId)) {
            asked[0] = requestId;
          } else {
            checks.readFailed(requestId);
          }
        });
    return asked[0];
  }

  /** The disk does the oldest write; nobody knows yet. */
  boolean write(int id) {
    Node node = nodes.get(id);
    if (node == null || node.unwritten.isEmpty()) {
      return false;
    }
    FakeDisk.Round round = node.unwritten.remove(0);
    node.disk.write(round);
    node.uncompleted.add(round);
    return true;
  }

  /** The oldest write that is done is made known: mark first, then the messages behind it. */
  boolean complete(int id) {
    Node node = nodes.get(id);
    if (node == null || node.uncompleted.isEmpty() || !node.isUp()) {
      return false;
    }
    FakeDisk.Round round = node.uncompleted.remove(0);
    if (round.mark() != null) {
      step(id, new RaftInput.LogPersisted(round.mark()));
    }
    for (Message message : round.after()) {
      noteVote(message);
      if (message.to() == id) {
        deliver(message);
      } else {
        network.add(message);
      }
    }
    return true;
  }

  void persist(int id) {
    while (write(id) || complete(id)) {
      // all of it
    }
  }

  void answerLoad(int id, boolean works) {
    Node node = nodes.get(id);
    if (!node.isUp() || node.loads.isEmpty()) {
      return;
    }
    Effects.LoadRequest load = node.loads.remove(0);
    if (!works
        || load.fromIndex() > node.disk.lastIndex()
        || load.fromIndex() <= node.disk.start().index()) {
      step(id, new RaftInput.LoadFailed(load.term(), load.peer()));
      return;
    }
    long prev = load.fromIndex() - 1;
    step(
        id,
        new RaftInput.EntriesLoaded(
            load.term(),
            load.peer(),
            node.disk.idAt(prev),
            node.disk.nextOffsetAt(prev),
            node.disk.read(load.fromIndex(), load.maxBytes())));
  }

  /** Everything that is not on disk is gone. */
  void crash(int id) {
    Node node = nodes.get(id);
    node.core = null;
    node.unwritten.clear();
    node.uncompleted.clear();
    node.loads.clear();
    node.proposed.clear();
    node.checks.crashed(id);
  }

  void restart(int id) {
    Node node = nodes.get(id);
    if (node.isUp()) {
      return;
    }
    CoreConfig config =
        new CoreConfig(
            GROUP,
            id,
            settings.electionTimeoutTicks(),
            settings.heartbeatTicks(),
            settings.inflightMessagesMax(),
            settings.inflightBytesMax(),
            settings.appendBytesMax(),
            settings.uncommittedBytesMax(),
            settings.tailBytesMax(),
            settings.promoteLagBytes());
    node.core = new RaftCore(config, node.disk.restore(), random);
    node.handedOut.clear();
    node.handedOut.addAll(node.disk.all());
    node.startIndex = node.disk.start().index();
    node.commitIndex = node.core.commitIndex();
  }

  /** Takes a replica's effects and checks them against those of all others. */
  void drain(int id) {
    Node node = nodes.get(id);
    if (node == null || !node.isUp() || !node.core.hasEffects()) {
      return;
    }
    effects.clear();
    node.core.drainTo(effects);
    for (Message message : effects.sendNow()) {
      noteVote(message);
      noteProof(node, message);
      network.add(message);
    }
    takeWrites(node);
    takeCommit(node);
    node.core.applied(node.commitIndex);
    effects.readsReady().forEach(node.checks::readReady);
    effects.readsFailed().forEach(node.checks::readFailed);
    node.loads.addAll(effects.loads());
    for (Effects.ReadReady ready : effects.readsReady()) {
      events.add("read " + ready.requestId() + " on " + id + " at " + ready.index());
    }
    for (long failed : effects.readsFailed()) {
      events.add("read " + failed + " on " + id + " failed");
    }
    if (effects.configChanged()) {
      events.add(id + " has " + text(node.core));
    }
    if (effects.leadershipChanged()) {
      events.add(
          id
              + " is "
              + node.core.role()
              + " in term "
              + node.core.term()
              + ", leader "
              + node.core.leaderId()
              + (node.core.isConfirmedLeader() ? ", confirmed" : ""));
    }
  }

  /** Voters, "from" outgoing, "with" learners. */
  static String text(RaftCore core) {
    GroupConfig config = core.groupConfig();
    return "members "
        + config.voters()
        + (config.isJoint() ? " from " + config.outgoing() : "")
        + (config.learners().isEmpty() ? "" : " with " + config.learners())
        + " at "
        + core.configIndex()
        + (core.isConfigCommitted() ? "" : ", not committed");
  }

  private void takeWrites(Node node) {
    if (effects.reset() != null) {
      LogStart start = effects.reset().start();
      node.checks.reset(node.id, start, node.commitIndex);
      node.handedOut.clear();
      node.startIndex = start.index();
      node.commitIndex = start.index();
      // Whoever proposed them here is answered with unknown; see AckQueue.
      node.proposed.removeIf(id -> id.index() <= start.index());
      events.add(node.id + " is reset to " + start.id().term() + "/" + start.index());
    }
    if (effects.logStart() != null) {
      events.add(node.id + " starts behind " + effects.logStart().index());
    }
    if (effects.truncateFrom() != 0) {
      node.handedOut
          .subList((int) (effects.truncateFrom() - node.startIndex) - 1, node.handedOut.size())
          .clear();
      events.add(node.id + " truncates from " + effects.truncateFrom());
    }
    for (Entry entry : effects.appended()) {
      if (entry.index() != node.startIndex + node.handedOut.size() + 1) {
        throw new AssertionError("gap in what is written: " + entry + " on " + node.core);
      }
      node.handedOut.add(entry);
      node.checks.appended(entry);
    }
    if (effects.hardState() != null
        || effects.reset() != null
        || effects.logStart() != null
        || !effects.appended().isEmpty()
        || !effects.sendAfterPersist().isEmpty()) {
      node.unwritten.add(
          new FakeDisk.Round(
              effects.hardState(),
              effects.reset(),
              effects.logStart(),
              effects.truncateFrom(),
              List.copyOf(effects.appended()),
              effects.appendMark(),
              node.core.commitIndex(),
              List.copyOf(effects.sendAfterPersist())));
    }
  }

  private void takeCommit(Node node) {
    for (long index = node.commitIndex + 1; index <= effects.commitIndex(); index++) {
      Entry entry = node.handedOut(index);
      Entry inMemory = node.core.entryInMemory(index);
      if (inMemory == null || !inMemory.id().equals(entry.id())) {
        throw new AssertionError("newly committed " + entry + " not in memory: " + inMemory);
      }
      node.checks.committed(node.id, entry);
      node.commitIndex = index;
    }
    node.proposed.removeIf(
        id -> {
          if (id.index() > node.commitIndex) {
            return false;
          }
          if (node.handedOut(id.index()).id().equals(id)) {
            node.checks.acknowledged(id);
          }
          return true;
        });
  }

  /** What a replica thinks to be on its disk is there, and is the same (bug classes 9 and 10). */
  private static void checkDurable(Node node) {
    long durable = node.core.durableIndex();
    EntryId id = new EntryId(node.core.state().log.termAt(durable), durable);
    // At its start the log waits for the wipe of the one before, and so does all that it says.
    if (durable > node.core.logStart().index() && !node.disk.holds(id)) {
      throw new AssertionError("not on disk: " + id + " of " + node.core);
    }
  }

  /**
   * What a leader commits is on the disks of a quorum of the configuration in force at that moment.
   * Counted by hand: a majority of voters, and one of outgoing if there are any.
   */
  private void checkCommit(RaftInvariants.Snapshot before, Node node) {
    RaftCore core = node.core;
    long commitIndex = core.commitIndex();
    if (core.role() != Role.LEADER || commitIndex == before.commit().index()) {
      return;
    }
    EntryId id = new EntryId(core.state().log.termAt(commitIndex), commitIndex);
    GroupConfig config = before.config();
    if (!isOnMost(config.voters(), id)
        || (!config.outgoing().isEmpty() && !isOnMost(config.outgoing(), id))) {
      throw new AssertionError(node.id + " commits " + id + " without a quorum of " + config);
    }
  }

  /** A disk that was lost held what it had acknowledged. */
  private boolean isOnMost(List<Integer> half, EntryId id) {
    int copies = 0;
    for (int replica : half) {
      Node node = nodes.get(replica);
      copies += node == null || node.disk.holds(id) ? 1 : 0;
    }
    return copies > half.size() / 2;
  }

  /** Beats are answered at once, so what they say must be on the disk already. */
  private static void noteProof(Node node, Message message) {
    if (message.kind() == Message.Kind.HEARTBEAT_RESPONSE
        && ((Message.HeartbeatResponse) message).verifiedIndex() > node.disk.lastIndex()) {
      throw new AssertionError(message + ", disk ends at " + node.disk.lastIndex());
    }
  }

  private void noteVote(Message message) {
    if (message.kind() == Message.Kind.VOTE_RESPONSE
        && ((Message.VoteResponse) message).granted()) {
      nodes.get(message.from()).checks.votes(message.from(), message.term(), message.to());
      HardState durable = nodes.get(message.from()).disk.hardState();
      if (durable.term() < message.term()
          || (durable.term() == message.term() && durable.votedFor() != message.to())) {
        throw new AssertionError("vote before it is durable: " + message + ", disk " + durable);
      }
    }
  }
}
