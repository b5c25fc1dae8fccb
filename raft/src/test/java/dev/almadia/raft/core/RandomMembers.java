// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.config.MemberTarget;
import dev.almadia.raft.core.config.ReplicaId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Who says what the members of the group are to be, as the metadata of a cluster would: every
 * change is a new version of the target, a broker that holds the replica still takes the same one
 * back, else it gets the next life; replicas that are not wanted any more are destroyed once
 * somebody reports that the newest version is reached. News of targets and reports may be late.
 */
final class RandomMembers {
  private static final int BROKERS = 8;
  private static final int VOTERS_MAX = 5;

  private final TestCluster cluster;
  private final Random chance;
  private final double changeRate;
  private final double wipeRate;
  private final double wavering;
  private final TreeMap<Integer, Integer> lives = new TreeMap<>();
  private final TreeSet<Integer> present = new TreeSet<>();
  private final TreeSet<Integer> toOpen = new TreeSet<>();
  private final TreeSet<Integer> toDestroy = new TreeSet<>();
  private final TreeSet<Integer> givenUp = new TreeSet<>();
  private final List<MemberTarget> targets = new ArrayList<>();
  private long reportedVersion = -1;

  /**
   * Begins with these members.
   *
   * @param changeRate share of the ticks in which the target changes
   * @param wipeRate share of those in which a disk is lost
   */
  RandomMembers(
      TestCluster cluster, Random chance, GroupConfig members, double changeRate, double wipeRate) {
    this.cluster = cluster;
    this.chance = chance;
    this.changeRate = changeRate;
    this.wipeRate = wipeRate;
    this.wavering = chance.nextInt(3) == 0 ? 0.3 * chance.nextDouble() : 0;
    targets.add(new MemberTarget(members.voters(), members.learners()));
    present.addAll(members.voters());
    present.addAll(members.learners());
    present.forEach(id -> lives.put(ReplicaId.broker(id), 1));
  }

  MemberTarget target() {
    return targets.get(targets.size() - 1);
  }

  /** One tick. */
  void turn(Consumer<Integer> crash) {
    if (changeRate == 0) {
      return;
    }
    if (happens(changeRate)) {
      change();
    }
    if (happens(wipeRate)) {
      wipe(crash);
    }
    if (happens(wavering)) {
      waver();
    }
    for (int id : List.copyOf(toOpen)) {
      if (happens(0.3)) {
        open(id);
      }
    }
    for (int id : List.copyOf(toDestroy)) {
      if (happens(0.2)) {
        destroy(id);
      }
    }
    for (TestCluster.Node node : cluster.up()) {
      if (happens(0.1)) {
        tell(node.id, happens(0.8) ? target() : targets.get(chance.nextInt(targets.size())));
      }
      if (happens(0.2)) {
        report(node);
      }
    }
    if (happens(0.3)) {
      settle();
    }
  }

  /** These are all that is left; the others come back as later lives, or not. */
  void aimAt(List<Integer> replicas) {
    toDestroy.removeAll(replicas);
    List<Integer> voters = new ArrayList<>(brokersOf(replicas));
    List<Integer> learners = new ArrayList<>();
    while (happens(0.7)) {
      add(voters, learners);
    }
    // Two lives of a broker may both be left; one of them is wanted.
    aim(voters.stream().distinct().toList(), learners);
  }

  /** It is lost, and not told anything any more; should it be there, it is not to be heard. */
  void gaveUp(int id) {
    present.remove(id);
    toOpen.remove(id);
    toDestroy.remove(id);
    givenUp.add(id);
  }

  /** All replicas but those that were given up. */
  List<TestCluster.Node> known() {
    return cluster.nodes.values().stream().filter(node -> !givenUp.contains(node.id)).toList();
  }

  /** No more changes; everybody hears of the last one. */
  void heal() {
    List.copyOf(toOpen).forEach(this::open);
    for (TestCluster.Node node : known().stream().filter(TestCluster.Node::isUp).toList()) {
      tell(node.id, target());
      report(node);
    }
    settle();
    List.copyOf(toDestroy).forEach(this::destroy);
  }

  /** The target is reached and nobody else exists any more. */
  boolean isSettled(GroupConfig config) {
    TreeSet<Integer> wanted = new TreeSet<>(target().voters());
    wanted.addAll(target().learners());
    List<Integer> known = known().stream().map(node -> node.id).toList();
    return config.isAt(target()) && known.equals(List.copyOf(wanted));
  }

  private void change() {
    List<Integer> voters = new ArrayList<>(brokersOf(target().voters()));
    List<Integer> learners = new ArrayList<>(brokersOf(target().learners()));
    switch (chance.nextInt(7)) {
      case 0 -> add(voters, learners);
      case 1 -> drop(voters);
      case 2 -> {
        add(voters, learners);
        drop(voters);
      }
      case 3 -> replaceAll(voters);
      case 4 -> {
        MemberTarget before = targets.get(Math.max(0, targets.size() - 2));
        voters = new ArrayList<>(brokersOf(before.voters()));
        learners = new ArrayList<>(brokersOf(before.learners()));
      }
      case 5 -> {
        add(learners, voters);
        if (happens(0.5)) {
          learners.remove(0);
        }
      }
      default -> {
        // A vote changes hands: a learner gets it, a voter loses it and stays.
        if (!learners.isEmpty()) {
          voters.add(learners.remove(0));
        }
        if (voters.size() > 1 && happens(0.7)) {
          learners.add(voters.remove(chance.nextInt(voters.size())));
        }
      }
    }
    learners.removeAll(voters);
    aim(voters, learners);
  }

  /** Forward or back, while somebody is joint: the two ways out must never both be gone. */
  private void waver() {
    for (TestCluster.Node node : cluster.up()) {
      GroupConfig config = node.core.groupConfig();
      if (config.isJoint()) {
        List<Integer> half = happens(0.5) ? config.outgoing() : config.voters();
        aim(brokersOf(half), List.of());
        tell(node.id, target());
        return;
      }
    }
  }

  private void replaceAll(List<Integer> voters) {
    int size = voters.size();
    List<Integer> brokers = new ArrayList<>();
    for (int broker = 1; broker <= BROKERS; broker++) {
      brokers.add(broker);
    }
    brokers.removeAll(voters);
    Collections.shuffle(brokers, chance);
    voters.clear();
    voters.addAll(brokers.subList(0, Math.min(size, brokers.size())));
  }

  private void add(List<Integer> some, List<Integer> others) {
    int broker = 1 + chance.nextInt(BROKERS);
    if (!some.contains(broker) && some.size() < VOTERS_MAX) {
      some.add(broker);
      others.remove((Integer) broker);
    }
  }

  private void drop(List<Integer> voters) {
    if (voters.size() > 1) {
      voters.remove(chance.nextInt(voters.size()));
    }
  }

  private void aim(List<Integer> voterBrokers, List<Integer> learnerBrokers) {
    if (voterBrokers.isEmpty()) {
      return;
    }
    MemberTarget next =
        new MemberTarget(
            target().version() + 1,
            voterBrokers.stream().map(this::replicaOn).toList(),
            learnerBrokers.stream().map(this::replicaOn).toList());
    targets.add(next);
    cluster.events.add("target " + next);
  }

  /** The one that is there, if it is not about to be destroyed, else one of the next life. */
  private int replicaOn(int broker) {
    for (int id : present) {
      if (ReplicaId.broker(id) == broker && !toDestroy.contains(id)) {
        return id;
      }
    }
    int life = lives.getOrDefault(broker, 0);
    lives.put(broker, life + 1);
    int id = ReplicaId.of(broker, life);
    present.add(id);
    toOpen.add(id);
    return id;
  }

  /**
   * A disk is lost, and with it the replica: its broker gets another one. Only if all is well, and
   * a quorum is left: what several lost disks held is gone, and nobody could help.
   */
  private void wipe(Consumer<Integer> crash) {
    List<Integer> voters = target().voters();
    boolean isWell = present.size() == voters.size() + target().learners().size();
    if (voters.size() < 3 || !isWell || reportedVersion != target().version()) {
      return;
    }
    int lost = voters.get(chance.nextInt(voters.size()));
    cluster.events.add("disk lost of " + lost);
    crash.accept(lost);
    present.remove(lost);
    if (cluster.nodes.containsKey(lost)) {
      cluster.destroy(lost);
    }
    toOpen.remove(lost);
    aim(brokersOf(voters), brokersOf(target().learners()));
  }

  private void open(int id) {
    // One replica of a group per broker: the one before is destroyed first.
    boolean isFree =
        known().stream()
            .map(node -> node.id)
            .noneMatch(other -> ReplicaId.broker(other) == ReplicaId.broker(id));
    if (isFree) {
      toOpen.remove(id);
      cluster.open(id, GroupConfig.UNKNOWN);
      cluster.events.add("open " + id);
    }
  }

  private void destroy(int id) {
    toDestroy.remove(id);
    present.remove(id);
    toOpen.remove(id);
    if (cluster.nodes.containsKey(id)) {
      cluster.destroy(id);
      cluster.events.add("destroy " + id);
    }
  }

  private void tell(int id, MemberTarget target) {
    cluster.step(id, new RaftInput.SetTarget(target));
  }

  /** Its word counts whenever it comes: what is committed at a version stays so against older. */
  private void report(TestCluster.Node node) {
    RaftCore core = node.core;
    for (MemberTarget target : targets) {
      if (core.isConfigCommitted() && core.groupConfig().isAt(target)) {
        reportedVersion = Math.max(reportedVersion, core.groupConfig().targetVersion());
      }
    }
  }

  private void settle() {
    if (reportedVersion != target().version()) {
      return;
    }
    for (int id : present) {
      if (!target().voters().contains(id) && !target().learners().contains(id)) {
        toDestroy.add(id);
      }
    }
  }

  private static List<Integer> brokersOf(List<Integer> replicas) {
    return replicas.stream().map(ReplicaId::broker).toList();
  }

  private boolean happens(double rate) {
    return rate > 0 && chance.nextDouble() < rate;
  }
}
