// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.config.QuorumMath;
import dev.almadia.raft.core.config.ReplicaId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * One run: faults drawn from a seed, then everything heals and must converge. Which kinds of fault
 * happen at all is drawn too, and limits are tiny, so that rare paths are common.
 */
final class RandomCluster {
  private static final int FAULT_TICKS = 300;
  private static final int HEAL_TICKS_MAX = 600;

  /** Time enough for those who were given up to elect, be told of the term, and elect again. */
  private static final int REVENANT_TICKS = 100;

  private final Random chance;
  private final TestCluster cluster;
  private final RandomMembers members;
  private final int size;
  private final Set<Long> cut = new HashSet<>();
  private final double dropRate;
  private final double doubleRate;
  private final double reorderRate;
  private final double crashRate;
  private final double cutRate;
  private final double diskRate;
  private final double drainRate;
  private final double lateTickRate;
  private final double stallRate;
  private final double retentionRate;
  private final double disasterRate;
  private final Set<Integer> givenUp = new HashSet<>();
  private final Set<Integer> stalledWrites = new HashSet<>();
  private final Set<Integer> stalledCompletions = new HashSet<>();
  private int proposals;

  RandomCluster(long seed) {
    chance = new Random(seed * 0x9E3779B97F4A7C15L + 1);
    int[] sizes = {3, 3, 3, 3, 5, 5, 5, 4, 2, 1};
    size = sizes[chance.nextInt(sizes.length)];
    List<Integer> voters = new ArrayList<>();
    for (int id = 1; id <= size; id++) {
      voters.add(id);
    }
    List<Integer> learners = chance.nextInt(5) == 0 ? List.of(size + 1) : List.of();
    dropRate = maybe(0.3);
    doubleRate = maybe(0.2);
    reorderRate = maybe(0.9);
    crashRate = maybe(0.02);
    cutRate = maybe(0.05);
    diskRate = chance.nextBoolean() ? 0.2 + 0.7 * chance.nextDouble() : 1;
    drainRate = chance.nextBoolean() ? 0.2 + 0.8 * chance.nextDouble() : 1;
    lateTickRate = maybe(0.5);
    stallRate = maybe(0.1);
    retentionRate = maybe(0.2);
    CoreConfig settings =
        new CoreConfig(
            TestCluster.GROUP,
            0,
            10,
            1 + chance.nextInt(2),
            1 + chance.nextInt(4),
            pick(80, 300, 1 << 20),
            pick(1, 150, 1 << 16),
            pick(300, 1000, 1 << 20),
            pick(0, 100, 400, 1 << 20),
            pick(100, 1000, 1 << 20));
    GroupConfig config = new GroupConfig(voters, List.of(), learners);
    cluster = new TestCluster(config, settings, chance::nextInt);
    members = new RandomMembers(cluster, chance, config, maybe(0.15), maybe(0.02));
    disasterRate = maybe(0.5);
  }

  void run() {
    cluster.drainAtOnce(false);
    for (int tick = 0; tick < FAULT_TICKS; tick++) {
      faults();
      members.turn(this::crash);
      turn();
    }
    if (happens(disasterRate)) {
      disaster();
    }
    heal();
  }

  /**
   * Most replicas are gone for good, as far as anybody knows, and one that is left makes itself
   * leader. Those that are gone may come back, and have a quorum of what was.
   */
  private void disaster() {
    List<TestCluster.Node> left = new ArrayList<>(cluster.nodes.values());
    Collections.shuffle(left, chance);
    left = new ArrayList<>(left.subList(0, 1 + chance.nextInt(left.size())));
    left.forEach(node -> restart(node.id));
    TestCluster.Node best = null;
    for (TestCluster.Node node : left) {
      if (best == null || best.core.state().log.isUpToDate(node.core.last())) {
        best = node;
      }
    }
    List<Integer> ids = new ArrayList<>(left.stream().map(node -> node.id).toList());
    List<Integer> known = new ArrayList<>(ids);
    known.retainAll(membersOf(best.core.groupConfig()));
    if (!known.contains(best.id)
        || left.stream().anyMatch(node -> isQuorum(node.core.groupConfig(), ids))) {
      return;
    }
    int self = best.id;
    known.removeIf(id -> id != self && happens(0.5));
    // Nobody may still believe in a leader that is gone.
    for (TestCluster.Node node : List.copyOf(cluster.nodes.values())) {
      if (!ids.contains(node.id)) {
        crash(node.id);
      } else if (node.core.role() == Role.LEADER || node.core.leaderId() != 0) {
        crash(node.id);
        restart(node.id);
      }
    }
    cluster.network.clear();
    ForceOutcome outcome = cluster.force(self, known);
    cluster.events.add("force " + self + " of " + known + ": " + outcome);
    if (outcome != ForceOutcome.ACCEPTED) {
      throw new AssertionError("refused: " + outcome);
    }
    for (TestCluster.Node node : List.copyOf(cluster.nodes.values())) {
      if (!known.contains(node.id)) {
        members.gaveUp(node.id);
        if (happens(0.5)) {
          cluster.destroy(node.id);
        } else {
          givenUp.add(node.id);
        }
      }
    }
    members.aimAt(known);
  }

  private static List<Integer> membersOf(GroupConfig config) {
    List<Integer> ids = new ArrayList<>(config.voters());
    ids.addAll(config.outgoing());
    ids.addAll(config.learners());
    return ids;
  }

  private static boolean isQuorum(GroupConfig config, List<Integer> ids) {
    return new QuorumMath(config).isQuorum(ids::contains);
  }

  String describe() {
    List<String> events = cluster.events;
    StringBuilder text = new StringBuilder("size " + size + "\n");
    for (TestCluster.Node node : cluster.nodes.values()) {
      text.append(node.id).append(": ").append(node.core);
      if (node.isUp()) {
        text.append(' ').append(node.core.peers());
      }
      text.append('\n');
    }
    events
        .subList(Math.max(0, events.size() - 60), events.size())
        .forEach(event -> text.append(event).append('\n'));
    return text.toString();
  }

  private void faults() {
    for (TestCluster.Node node : List.copyOf(cluster.nodes.values())) {
      if (node.isUp() && happens(crashRate)) {
        crash(node.id);
      } else if (!node.isUp() && happens(0.1)) {
        restart(node.id);
      }
    }
    if (happens(cutRate)) {
      changeCuts();
    }
    if (happens(cutRate)) {
      int about = anyId();
      cluster.step(anyId(), new RaftInput.PeerUnreachable(ReplicaId.broker(about)));
    }
    if (happens(cutRate)) {
      isolateLeader();
    }
    if (happens(stallRate)) {
      flip(stalledWrites, anyId());
    }
    if (happens(stallRate)) {
      flip(stalledCompletions, anyId());
    }
  }

  private static void flip(Set<Integer> ids, int id) {
    if (!ids.remove(id)) {
      ids.add(id);
    }
  }

  private void crash(int id) {
    cluster.events.add("crash " + id);
    // Some of what was given to the disk may have got there, without anybody knowing.
    while (cluster.nodes.containsKey(id) && happens(0.3) && cluster.write(id)) {
      // one more
    }
    if (cluster.nodes.containsKey(id)) {
      cluster.crash(id);
    }
    if (happens(0.5)) {
      cluster.network.removeIf(message -> message.from() == id || message.to() == id);
    }
    if (happens(0.7)) {
      tellOthers(id, new RaftInput.PeerUnreachable(ReplicaId.broker(id)));
    }
  }

  private void restart(int id) {
    cluster.events.add("restart " + id);
    cluster.restart(id);
    if (happens(0.7)) {
      tellOthers(id, new RaftInput.PeerReachable(ReplicaId.broker(id)));
    }
  }

  private void tellOthers(int id, RaftInput input) {
    for (TestCluster.Node other : cluster.up()) {
      if (other.id != id) {
        cluster.step(other.id, input);
      }
    }
  }

  /** One-way cuts, whole islands, or none. */
  private void changeCuts() {
    cut.clear();
    switch (chance.nextInt(4)) {
      case 0 -> {}
      case 1 -> {
        int lonely = anyId();
        cluster.nodes.keySet().forEach(id -> cutBoth(lonely, id));
      }
      case 2 -> {
        for (int i = 0; i < size; i++) {
          cut.add(way(anyId(), anyId()));
        }
      }
      default -> {
        for (int from : cluster.nodes.keySet()) {
          for (int to : cluster.nodes.keySet()) {
            if (from % 2 != to % 2) {
              cutBoth(from, to);
            }
          }
        }
      }
    }
    cluster.events.add("cuts " + cut.size());
  }

  /** The others notice at once and elect anew, while it still believes to lead. */
  private void isolateLeader() {
    for (TestCluster.Node node : cluster.up()) {
      if (node.core.role() == Role.LEADER) {
        cluster.nodes.keySet().forEach(id -> cutBoth(node.id, id));
        cluster.events.add("isolate leader " + node.id);
        tellOthers(node.id, new RaftInput.PeerUnreachable(ReplicaId.broker(node.id)));
        return;
      }
    }
  }

  private void cutBoth(int one, int other) {
    cut.add(way(one, other));
    cut.add(way(other, one));
  }

  private static long way(int from, int to) {
    return (long) from << 32 | to;
  }

  /** One tick of time: everybody acts, in any order, and the disks and the network get on. */
  private void turn() {
    for (TestCluster.Node node : cluster.up()) {
      if (!happens(lateTickRate)) {
        cluster.tick(node.id);
      }
      maybeDrain(node.id);
      clients(node);
      disk(node.id);
      if (happens(0.5)) {
        cluster.answerLoad(node.id, happens(0.8));
      }
      maybeDrain(node.id);
    }
    int deliveries = chance.nextInt(4 * size + 1);
    for (int i = 0; i < deliveries && !cluster.network.isEmpty(); i++) {
      deliverOne();
    }
    if (cluster.network.size() > 400) {
      cluster.network.subList(0, 200).clear();
    }
  }

  /** Writes and the news of them stall apart: a completion may be many truncations late. */
  private void disk(int id) {
    if (!stalledWrites.contains(id) && happens(diskRate)) {
      cluster.write(id);
    }
    for (int i = 0; i < 3 && !stalledCompletions.contains(id) && happens(diskRate); i++) {
      cluster.complete(id);
    }
  }

  private void clients(TestCluster.Node node) {
    if (node.core.role() != Role.LEADER && !happens(0.05)) {
      return;
    }
    if (happens(0.5)) {
      String[] payloads = new String[1 + chance.nextInt(3)];
      for (int i = 0; i < payloads.length; i++) {
        payloads[i] = "p" + proposals++ + "x".repeat(chance.nextInt(40));
      }
      cluster.propose(node.id, payloads);
    }
    if (happens(0.2)) {
      cluster.read(node.id);
    }
    if (happens(0.02)) {
      cluster.step(node.id, new RaftInput.TransferTo(anyId()));
    }
    if (happens(retentionRate)) {
      cluster.advance(node.id, node.core.commitIndex() - chance.nextInt(4));
    }
    if (happens(0.005)) {
      cluster.step(node.id, new RaftInput.Campaign());
    }
  }

  private void deliverOne() {
    int at = happens(reorderRate) ? chance.nextInt(cluster.network.size()) : 0;
    Message message = cluster.network.get(at);
    if (!happens(doubleRate)) {
      cluster.network.remove(at);
    }
    if (happens(dropRate) || cut.contains(way(message.from(), message.to()))) {
      return;
    }
    cluster.deliver(message);
    maybeDrain(message.to());
  }

  private void maybeDrain(int id) {
    if (happens(drainRate)) {
      cluster.drain(id);
    }
  }

  private void heal() {
    cut.clear();
    stalledWrites.clear();
    stalledCompletions.clear();
    cluster.events.add("heal");
    List.copyOf(cluster.nodes.keySet()).forEach(this::restart);
    String last = "";
    long target = Long.MAX_VALUE;
    long term = 0;
    for (int tick = 0; tick < HEAL_TICKS_MAX; tick++) {
      settle();
      members.heal();
      TestCluster.Node leader = confirmedLeader();
      if (leader != null
          && target != Long.MAX_VALUE
          && leader.core.state().log.termAt(target) != term) {
        // Who took it led no more, or not for long: it is lost, and nobody was promised anything.
        target = Long.MAX_VALUE;
      }
      if (leader != null && target == Long.MAX_VALUE && !leader.core.isTransferring()) {
        ProposeResult result = cluster.propose(leader.id, "after the storm");
        if (result.outcome() == ProposeResult.Outcome.ACCEPTED) {
          target = result.firstIndex();
          term = leader.core.term();
          last = leader.core.toString();
        }
        cluster.read(leader.id);
      }
      if (tick >= (givenUp.isEmpty() ? 0 : REVENANT_TICKS) && isConverged(target)) {
        cluster.checks.finish(members.known());
        return;
      }
    }
    throw new AssertionError("did not converge; proposed " + target + " at " + last);
  }

  private void settle() {
    for (TestCluster.Node node : cluster.up()) {
      cluster.tick(node.id);
      cluster.drain(node.id);
    }
    for (int round = 0; round < 20; round++) {
      List<Message> messages = new ArrayList<>(cluster.network);
      cluster.network.clear();
      for (Message message : messages) {
        cluster.deliver(message);
        cluster.drain(message.to());
      }
      for (TestCluster.Node node : cluster.up()) {
        cluster.drain(node.id);
        cluster.persist(node.id);
        cluster.drain(node.id);
        cluster.answerLoad(node.id, true);
        cluster.drain(node.id);
      }
    }
  }

  private TestCluster.Node confirmedLeader() {
    TestCluster.Node found = null;
    for (TestCluster.Node node : cluster.up()) {
      if (!givenUp.contains(node.id)
          && node.core.isConfirmedLeader()
          && (found == null || node.core.term() > found.core.term())) {
        found = node;
      }
    }
    return found;
  }

  private boolean isConverged(long target) {
    TestCluster.Node leader = confirmedLeader();
    if (leader == null
        || leader.core.commitIndex() < target
        || cluster.checks.readsOpen() > 0
        || !leader.core.isConfigCommitted()
        || !members.isSettled(leader.core.groupConfig())) {
      return false;
    }
    for (TestCluster.Node node : members.known()) {
      if (node.core.commitIndex() != leader.core.commitIndex()
          || node.core.durableIndex() != leader.core.last().index()
          || !node.core.last().equals(leader.core.last())
          || node.core.leaderId() != leader.id
          || node.core.configIndex() != leader.core.configIndex()) {
        return false;
      }
    }
    return true;
  }

  private double maybe(double max) {
    return chance.nextBoolean() ? max * chance.nextDouble() : 0;
  }

  private boolean happens(double rate) {
    return rate > 0 && chance.nextDouble() < rate;
  }

  private int anyId() {
    List<Integer> ids = List.copyOf(cluster.nodes.keySet());
    return ids.get(chance.nextInt(ids.size()));
  }

  private long pick(long... choices) {
    return choices[chance.nextInt(choices.length)];
  }
}
