// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.Role;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.raft.testing.MemoryBroker;
import dev.almadia.raft.testing.MemoryCluster;
import dev.almadia.raft.testing.TestProposal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Groups that move among five brokers under load and faults, all from one seed. */
final class RandomMembers {
  private static final long KIB = 1024;
  private static final int BROKERS = 5;
  private static final int GROUPS = 3;

  private record Asked(long groupId, TestProposal proposal) {}

  private final Random random;
  private final boolean cuts;
  private final MemoryCluster cluster;
  private final List<PlannedGroup> plans = new ArrayList<>();
  private final List<Asked> asked = new ArrayList<>();
  private int sequence;
  private int moves;
  private int lostDisks;

  RandomMembers(long seed) {
    random = new Random(seed);
    cuts = random.nextInt(3) > 0;
    ShardLimits limits = new ShardLimits(300, 64 * KIB, 16 * KIB, 4 * KIB, 3, 8 * KIB);
    GroupLimits groupLimits = new GroupLimits(4, 8 * KIB, 2 * KIB, 16 * KIB, KIB, KIB);
    cluster =
        new MemoryCluster(
            seed,
            BROKERS,
            id -> new RaftNodeConfig(id, 2, RaftTimings.defaults(), groupLimits, limits));
    for (long group = 1; group <= GROUPS; group++) {
      PlannedGroup plan = new PlannedGroup(group, someBrokers(3));
      plans.add(plan);
      cluster.create(group, plan.firstConfig(), true, group % 3 == 0);
    }
  }

  private List<Integer> someBrokers(int count) {
    List<Integer> ids = new ArrayList<>();
    for (int id = 1; id <= BROKERS; id++) {
      ids.add(id);
    }
    Collections.shuffle(ids, random);
    return List.copyOf(ids.subList(0, count));
  }

  void faults(long millis) {
    cluster.network().delay(1, 10);
    cluster.network().loss(0.02);
    for (long i = 0; i < millis; i++) {
      if (random.nextInt(200) == 0) {
        fault();
      }
      if (random.nextInt(700) == 0) {
        PlannedGroup plan = plans.get(random.nextInt(GROUPS));
        int members = 1 + random.nextInt(4);
        plan.moveTo(someBrokers(members), members > 1 && random.nextInt(4) == 0 ? 1 : 0);
        moves++;
      }
      propose();
      if (cuts && random.nextInt(30) == 0) {
        cut();
      }
      step();
    }
  }

  private void step() {
    if (random.nextInt(20) == 0) {
      for (MemoryBroker broker : cluster.brokers()) {
        for (PlannedGroup plan : plans) {
          follow(broker, plan);
        }
      }
    }
    cluster.run(1);
  }

  /** What the owner of the replicas on a broker does. */
  private void follow(MemoryBroker broker, PlannedGroup plan) {
    if (!broker.isUp()) {
      return;
    }
    GroupView view = broker.node().view(plan.groupId);
    if (view != null && view.role() == Role.LEADER) {
      plan.learn(view);
    }
    int wanted = plan.wantedOn(broker.id());
    if (view != null && plan.isGone(view.selfId())) {
      broker.node().close(plan.groupId, true);
      view = null;
    }
    boolean isOlder = view != null && view.selfId() != wanted;
    if (wanted != 0 && !isOlder) {
      cluster.join(plan.groupId, wanted);
    }
    broker.node().setTarget(plan.groupId, plan.target());
  }

  private void fault() {
    int brokerId = 1 + random.nextInt(BROKERS);
    MemoryBroker broker = cluster.broker(brokerId);
    int other = 1 + brokerId % BROKERS;
    switch (random.nextInt(10)) {
      case 0 -> {
        if (broker.isUp()) {
          cluster.kill(brokerId);
        }
      }
      case 1, 2 -> restartAll();
      case 3 -> cluster.network().cut(brokerId, other);
      case 4 -> cluster.network().cutSilently(brokerId, other);
      case 5 -> cluster.network().heal();
      case 6 -> broker.diskPause(random.nextInt(200));
      case 7 -> broker.stall(random.nextBoolean());
      case 8 -> loseDisk(brokerId);
      default -> broker.readsMax(random.nextInt(3));
    }
  }

  /** One at a time, and only of groups that can bear it. */
  private void loseDisk(int brokerId) {
    boolean mayLose =
        cluster.broker(brokerId).isUp()
            && plans.stream()
                .allMatch(plan -> plan.isSettled() && plan.target().voters().size() >= 3);
    if (mayLose) {
      cluster.loseDisk(brokerId);
      plans.forEach(plan -> plan.loseDisk(brokerId));
      lostDisks++;
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

  /** What is old may go, of groups whose state can be had without it. */
  private void cut() {
    long groupId = 1 + random.nextInt(GROUPS - 1);
    for (MemoryBroker broker : cluster.brokers()) {
      GroupView view = broker.isUp() ? broker.node().view(groupId) : null;
      if (view != null) {
        broker.node().advanceLogStart(groupId, view.commitIndex() - random.nextInt(20));
      }
    }
  }

  private void propose() {
    long groupId = 1 + random.nextInt(GROUPS);
    for (MemoryBroker broker : cluster.brokers()) {
      GroupView view = broker.isUp() ? broker.node().view(groupId) : null;
      if (view != null && view.role() == Role.LEADER) {
        String content = "p" + sequence++ + "-" + "x".repeat(random.nextInt(60));
        TestProposal proposal = new TestProposal(content.getBytes(StandardCharsets.UTF_8));
        broker.node().propose(groupId, proposal);
        asked.add(new Asked(groupId, proposal));
      }
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
    for (int left = 60_000; left > 0 && !isThere(); left--) {
      step();
    }
    for (PlannedGroup plan : plans) {
      require(isThere(plan), "never there: " + describe(plan));
      for (TestProposal last : cluster.proposeAll(plan.groupId, 3)) {
        require(last.isCommitted(), "a healed cluster refuses: " + last.failure());
      }
      cluster.runUntil("equal logs", 30_000, () -> cluster.isEven(plan.groupId, plan.brokers()));
    }
    cluster.run(1_000);
  }

  private String describe(PlannedGroup plan) {
    StringBuilder all = new StringBuilder("group " + plan.groupId + " to " + plan.target());
    for (MemoryBroker broker : cluster.brokers()) {
      all.append("\nbroker ").append(broker.id()).append(": ");
      all.append(broker.node().view(plan.groupId));
      broker.node().peers(plan.groupId, peers -> all.append(' ').append(peers));
      cluster.run(1);
    }
    return all.toString();
  }

  private boolean isThere() {
    return plans.stream().allMatch(this::isThere);
  }

  private boolean isThere(PlannedGroup plan) {
    MemoryBroker leader = cluster.leader(plan.groupId);
    if (leader == null || !plan.isSettled()) {
      return false;
    }
    for (MemoryBroker broker : cluster.brokers()) {
      GroupView view = broker.node().view(plan.groupId);
      int is = view == null ? 0 : view.selfId();
      if (is != plan.wantedOn(broker.id())) {
        return false;
      }
    }
    GroupView view = leader.node().view(plan.groupId);
    return view.isConfigCommitted() && view.config().isAt(plan.target());
  }

  void check() {
    for (PlannedGroup plan : plans) {
      int broker = plan.brokers().iterator().next();
      List<Entry> log = cluster.broker(broker).store().entries(plan.groupId);
      for (Asked one : asked) {
        if (one.groupId() == plan.groupId) {
          checkFate(one.proposal(), log);
        }
      }
    }
    for (MemoryBroker broker : cluster.brokers()) {
      for (GroupView view : broker.node().views()) {
        require(ReplicaId.broker(view.selfId()) == broker.id(), "a replica on another broker");
        require(
            broker.machine(view.groupId()).index() == view.lastIndex(), "not all of it is applied");
      }
    }
  }

  private static void checkFate(TestProposal proposal, List<Entry> log) {
    if (proposal.isCommitted()) {
      Entry entry = RandomShards.at(log, proposal.index());
      require(
          entry == null || text(entry.payload()).equals(text(proposal.payload())),
          "acknowledged and lost");
    }
  }

  long acknowledged() {
    return asked.stream().filter(one -> one.proposal().isCommitted()).count();
  }

  int moves() {
    return moves;
  }

  int lostDisks() {
    return lostDisks;
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
