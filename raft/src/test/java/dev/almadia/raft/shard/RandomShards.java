// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.Role;
import dev.almadia.raft.testing.LogMachine;
import dev.almadia.raft.testing.MemoryBroker;
import dev.almadia.raft.testing.MemoryCluster;
import dev.almadia.raft.testing.TestProposal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** A cluster, a load, faults and checks, all from one seed. */
final class RandomShards {
  private static final long KIB = 1024;
  private static final int GROUPS = 6;
  private static final int BROKERS = 3;

  /** A proposal, and the life of the broker that it was given to. */
  private record Asked(long groupId, RaftNode node, TestProposal proposal) {}

  private record Seen(long groupId, Entry entry) {}

  private final Random random;
  private final boolean synced;
  private final boolean cuts;
  private final MemoryCluster cluster;
  private final List<Asked> asked = new ArrayList<>();
  private final List<Seen> seen = new ArrayList<>();
  private final Map<String, Long> commits = new TreeMap<>();
  private int sequence;
  private long restores;

  RandomShards(long seed, boolean synced) {
    this.random = new Random(seed);
    this.synced = synced;
    this.cuts = random.nextInt(3) > 0;
    ShardLimits limits = new ShardLimits(300, 64 * KIB, 16 * KIB, 4 * KIB, 3, 8 * KIB);
    GroupLimits groupLimits = new GroupLimits(4, 8 * KIB, 2 * KIB, 16 * KIB, KIB, KIB);
    this.cluster =
        new MemoryCluster(
            seed,
            BROKERS,
            id -> new RaftNodeConfig(id, 2, RaftTimings.defaults(), groupLimits, limits));
    for (long group = 1; group <= GROUPS; group++) {
      cluster.create(group, synced, group % 2 == 0);
    }
  }

  void faults(long millis) {
    cluster.network().delay(1, 10);
    cluster.network().loss(0.02);
    for (long i = 0; i < millis; i++) {
      if (random.nextInt(150) == 0) {
        fault();
      }
      for (int n = random.nextInt(4); n > 0; n--) {
        propose();
      }
      if (cuts && random.nextInt(30) == 0) {
        cut();
      }
      cluster.run(1);
      observe();
    }
  }

  private void fault() {
    int brokerId = 1 + random.nextInt(BROKERS);
    MemoryBroker broker = cluster.broker(brokerId);
    int other = 1 + brokerId % BROKERS;
    switch (random.nextInt(9)) {
      case 0 -> kill(broker);
      case 1, 2 -> restartAll();
      case 3 -> cluster.network().cut(brokerId, other);
      case 4 -> cluster.network().cutSilently(brokerId, other);
      case 5 -> cluster.network().heal();
      case 6 -> broker.diskPause(random.nextInt(200));
      case 7 -> broker.stall(random.nextBoolean());
      default -> broker.readsMax(random.nextInt(3));
    }
  }

  private void kill(MemoryBroker broker) {
    if (!broker.isUp()) {
      return;
    }
    // What is not synced survives the end of a process only: a group without sync accepts that
    // power losses may cost what was acknowledged.
    if (synced) {
      cluster.kill(broker.id());
    } else {
      cluster.killProcess(broker.id());
    }
  }

  private void restartAll() {
    for (MemoryBroker broker : cluster.brokers()) {
      broker.stall(false);
      if (!broker.isUp()) {
        cluster.restart(broker.id());
      }
    }
  }

  private void propose() {
    long groupId = 1 + random.nextInt(GROUPS);
    for (MemoryBroker broker : cluster.brokers()) {
      GroupView view = broker.isUp() ? broker.node().view(groupId) : null;
      if (view != null && (view.role() == Role.LEADER || random.nextInt(50) == 0)) {
        String content = "p" + sequence++ + "-" + "x".repeat(random.nextInt(60));
        TestProposal proposal = new TestProposal(content.getBytes(StandardCharsets.UTF_8));
        broker.node().propose(groupId, proposal);
        asked.add(new Asked(groupId, broker.node(), proposal));
      }
    }
  }

  /** What is old may go, of groups that are not made of it. */
  private void cut() {
    long groupId = 1 + 2 * random.nextInt((GROUPS + 1) / 2);
    for (MemoryBroker broker : cluster.brokers()) {
      GroupView view = broker.isUp() ? broker.node().view(groupId) : null;
      if (view != null) {
        broker.node().advanceLogStart(groupId, view.commitIndex() - random.nextInt(20));
      }
    }
  }

  private void observe() {
    for (MemoryBroker broker : cluster.brokers()) {
      if (!broker.isUp()) {
        continue;
      }
      for (GroupView view : broker.node().views()) {
        String life = System.identityHashCode(broker.node()) + "/" + view.groupId();
        Long before = commits.put(life, view.commitIndex());
        require(before == null || before <= view.commitIndex(), "commit index falls");
        require(view.appliedIndex() <= view.commitIndex(), "applied beyond commit");
        if (view.commitIndex() > 0 && random.nextInt(20) == 0) {
          long from = Math.max(1, view.commitIndex() - random.nextInt(10));
          broker
              .node()
              .cached(view.groupId(), from, KIB)
              .forEach(entry -> seen.add(new Seen(view.groupId(), entry)));
        }
      }
      require(broker.node().cachedBytes() <= 4 * KIB, "cache above its budget");
    }
  }

  void heal() {
    cluster.network().loss(0);
    restartAll();
    cluster.network().heal();
    for (MemoryBroker broker : cluster.brokers()) {
      broker.diskPause(0);
      broker.readsMax(100);
    }
    // Time for the backlog of the faults; whoever still refuses then has leaked some of its bounds.
    cluster.run(5_000);
    cluster.awaitLeaders();
    for (long group = 1; group <= GROUPS; group++) {
      for (TestProposal last : cluster.proposeAll(group, 3)) {
        require(last.isCommitted(), "a healed cluster refuses: " + last.failure());
      }
    }
    cluster.runUntil("equal logs", 30_000, this::isEven);
    cluster.run(1_000);
  }

  private boolean isEven() {
    for (long group = 1; group <= GROUPS; group++) {
      if (!cluster.isEven(group)) {
        return false;
      }
    }
    return true;
  }

  void check() {
    Map<Long, List<Entry>> logs = new TreeMap<>();
    Map<Long, Set<String>> contents = new TreeMap<>();
    for (long group = 1; group <= GROUPS; group++) {
      List<Entry> log = cluster.broker(1).store().entries(group);
      logs.put(group, log);
      contents.put(
          group, log.stream().map(entry -> text(entry.payload())).collect(Collectors.toSet()));
    }
    asked.forEach(one -> checkFate(one, logs, contents));
    for (Seen one : seen) {
      Entry final1 = at(logs.get(one.groupId()), one.entry().index());
      require(
          final1 == null || final1.id().equals(one.entry().id()),
          "a reader saw what was not committed");
    }
    for (MemoryBroker broker : cluster.brokers()) {
      for (long group = 1; group <= GROUPS; group++) {
        LogMachine machine = broker.machine(group);
        restores += machine.restores();
        require(
            machine.index() == broker.node().view(group).lastIndex(),
            "applied up to " + machine.index());
        if (machine.keepsLog()) {
          checkApplied(machine.applied(), logs.get(group));
        }
      }
    }
  }

  private void checkFate(Asked one, Map<Long, List<Entry>> logs, Map<Long, Set<String>> contents) {
    TestProposal proposal = one.proposal();
    List<Entry> log = logs.get(one.groupId());
    boolean isInLog = contents.get(one.groupId()).contains(text(proposal.payload()));
    if (proposal.isCommitted()) {
      Entry entry = at(log, proposal.index());
      if (entry != null) {
        require(text(entry.payload()).equals(text(proposal.payload())), "acknowledged and lost");
        require(entry.nextOffset() == proposal.offset() + 1, "offset moved");
      }
    } else if (proposal.isDone()) {
      boolean mayBeThere = proposal.failure() == ProposalFailure.OUTCOME_UNKNOWN;
      require(mayBeThere || !isInLog, proposal.failure() + " and yet in the log");
    } else {
      boolean isAlive = cluster.brokers().stream().anyMatch(broker -> broker.node() == one.node());
      require(!isAlive, "a proposal never heard of its fate");
    }
  }

  /** Null if it was cut. */
  static Entry at(List<Entry> log, long index) {
    long first = log.get(0).index();
    require(index < first + log.size(), "acknowledged and lost: " + index);
    return index < first ? null : log.get((int) (index - first));
  }

  /** How often a machine of the last processes began with a state. */
  long restores() {
    return restores;
  }

  /** Entries that were cut. */
  long entriesCut() {
    long cutEntries = 0;
    for (long group = 1; group <= GROUPS; group++) {
      cutEntries += cluster.broker(1).store().startIndex(group);
    }
    return cutEntries;
  }

  private static void checkApplied(List<Entry> applied, List<Entry> log) {
    require(applied.size() == log.size(), "applied " + applied.size() + " of " + log.size());
    for (int i = 0; i < applied.size(); i++) {
      require(applied.get(i).id().equals(log.get(i).id()), "applied something else");
    }
  }

  long acknowledged() {
    return asked.stream().filter(one -> one.proposal().isCommitted()).count();
  }

  private static String text(byte[] payload) {
    return new String(payload, StandardCharsets.UTF_8);
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }
}
