// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.config.MemberTarget;
import dev.almadia.raft.core.config.ReplicaId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Groups that are idle most of the time, so that nearly everything takes the short way of {@link
 * SteadyState}, and to which something happens now and then. {@link SteadyTwin} holds the short way
 * against the usual one.
 */
class IdleClusterTest {
  private static final int SEEDS = 300;
  private static final int TICKS = 600;

  private static final CoreConfig SETTINGS =
      new CoreConfig(TestCluster.GROUP, 0, 30, 3, 4, 1 << 20, 1 << 16, 1 << 20, 400, 1000);

  private Random chance = new Random(0);
  private TestCluster cluster = new TestCluster(members(1, 0), SETTINGS, chance::nextInt);
  private final List<Message> said = new ArrayList<>();
  private int silent;
  private long targets;

  @Test
  void theShortWayComesToTheSameEndWhateverHappensToAnIdleGroup() {
    long beatsTheSame = 0;
    for (long seed = 1; seed <= SEEDS; seed++) {
      chance = new Random(seed * 0x9E3779B97F4A7C15L + 7);
      int size = 1 + chance.nextInt(4);
      cluster = new TestCluster(members(size, chance.nextInt(2)), SETTINGS, chance::nextInt);
      try {
        run();
      } catch (RuntimeException | Error failure) {
        fail("seed " + seed + " " + cluster.events, failure);
      }
      beatsTheSame += cluster.beatsTheSame();
    }
    assertThat(beatsTheSame).isGreaterThan(10L * SEEDS);
  }

  @Test
  void aCalmLeaderSaysTheSameAgainAndStepsDownWhenNobodyAnswers() {
    cluster = new TestCluster(members(3, 0), SETTINGS, chance::nextInt);
    cluster.step(1, new RaftInput.Campaign());
    for (int tick = 0; tick < 60; tick++) {
      cluster.nodes.keySet().forEach(cluster::tick);
      deliverAll(cluster);
    }
    RaftCore leader = cluster.node(1).core;
    long before = cluster.beatsTheSame();
    for (int tick = 0; tick < 60; tick++) {
      cluster.nodes.keySet().forEach(cluster::tick);
      deliverAll(cluster);
    }
    // Of ten; the twin takes the usual way now and then, and what was remembered is forgotten.
    assertThat(cluster.beatsTheSame() - before).isGreaterThanOrEqualTo(8);
    assertThat(leader.role()).isEqualTo(Role.LEADER);

    int ticks = 0;
    while (leader.role() == Role.LEADER) {
      cluster.tick(1);
      cluster.network.clear();
      ticks++;
    }
    int boundTicks = SETTINGS.electionTimeoutTicks() + SETTINGS.calmHeartbeatTicks();
    assertThat(ticks).isBetween(SETTINGS.electionTimeoutTicks(), boundTicks);
  }

  /** Whenever the last answer came: the check of the quorum is neither later nor earlier. */
  @Test
  void aLeaderStepsDownAtTheSameTickTheShortWayAndTheUsualOne() {
    for (int lateTicks = 0; lateTicks < 12; lateTicks++) {
      assertThat(ticksToStepDown(lateTicks, true))
          .as("the last answer is %d ticks late", lateTicks)
          .isEqualTo(ticksToStepDown(lateTicks, false));
    }
  }

  private static int ticksToStepDown(int lateTicks, boolean isShort) {
    Random fixed = new Random(5);
    TestCluster two = new TestCluster(members(2, 0), SETTINGS, fixed::nextInt);
    two.step(1, new RaftInput.Campaign());
    for (int tick = 0; tick < 60; tick++) {
      two.tick(1);
      deliverAll(two);
    }
    RaftCore leader = two.node(1).core;
    for (int tick = 0; tick < lateTicks; tick++) {
      tick(two, leader, isShort);
      two.network.clear();
    }
    RaftState state = leader.state();
    Message answer =
        new Message.HeartbeatResponse(
            2, 1, leader.term(), leader.last().index(), state.leader().reads.round());
    if (isShort) {
      assertThat(leader.steady().is(answer)).isTrue();
      assertThat(leader.steady().take(answer)).isNull();
    } else {
      two.step(1, new RaftInput.PeerMessage(answer));
    }
    int ticks = 0;
    while (leader.role() == Role.LEADER) {
      tick(two, leader, isShort);
      two.network.clear();
      ticks++;
    }
    return ticks;
  }

  private static void tick(TestCluster two, RaftCore core, boolean isShort) {
    SteadyState steady = core.steady();
    if (isShort && steady.spareTicks() > 0) {
      steady.pass(1);
    } else if (isShort && steady.isNextTickTheSameBeat()) {
      steady.beat(new ArrayList<>());
    } else {
      two.on(1, RaftCore::tick);
    }
  }

  private static void deliverAll(TestCluster cluster) {
    for (int round = 0; round < 10; round++) {
      List<Message> messages = new ArrayList<>(cluster.network);
      cluster.network.clear();
      messages.forEach(cluster::deliver);
      cluster.nodes.keySet().forEach(cluster::persist);
    }
  }

  private static GroupConfig members(int voters, int learners) {
    List<Integer> ids = new ArrayList<>();
    for (int id = 1; id <= voters + learners; id++) {
      ids.add(id);
    }
    return new GroupConfig(ids.subList(0, voters), List.of(), ids.subList(voters, ids.size()));
  }

  private MemberTarget someTarget() {
    List<Integer> voters = new ArrayList<>(cluster.nodes.keySet());
    Collections.shuffle(voters, chance);
    int count = 1 + chance.nextInt(voters.size());
    List<Integer> learners = voters.subList(count, voters.size()).stream().sorted().toList();
    List<Integer> chosen = voters.subList(0, count).stream().sorted().toList();
    return new MemberTarget(++targets, chosen, chance.nextBoolean() ? learners : List.of());
  }

  private void run() {
    said.clear();
    silent = 0;
    targets = 0;
    cluster.step(1, new RaftInput.Campaign());
    for (int tick = 0; tick < TICKS; tick++) {
      if (chance.nextInt(40) == 0) {
        event();
      }
      turn();
    }
  }

  /** Everybody ticks, and nearly all that is said arrives, mostly in order. */
  private void turn() {
    cluster.nodes.keySet().forEach(cluster::tick);
    List<Message> messages = new ArrayList<>(cluster.network);
    said.addAll(messages);
    cluster.network.clear();
    for (Message message : messages) {
      if (chance.nextInt(10) == 0) {
        cluster.network.add(message);
      } else if (message.from() != silent && message.to() != silent) {
        cluster.deliver(message);
      }
    }
    cluster.nodes.keySet().forEach(cluster::persist);
    cluster.nodes.keySet().forEach(id -> cluster.answerLoad(id, true));
  }

  private void event() {
    int id = 1 + chance.nextInt(cluster.nodes.size());
    RaftCore core = cluster.node(id).core;
    cluster.events.add("event at " + id);
    switch (chance.nextInt(14)) {
      case 0 -> cluster.propose(id, "p");
      case 1 -> cluster.read(id);
      case 2 -> cluster.step(id, new RaftInput.TransferTo(1 + chance.nextInt(id)));
      case 3 -> silent = silent == 0 ? id : 0;
      case 4 -> cluster.step(id, new RaftInput.PeerUnreachable(ReplicaId.broker(1)));
      case 5 -> cluster.step(id, new RaftInput.PeerReachable(ReplicaId.broker(1)));
      case 6 -> {
        cluster.crash(id);
        cluster.restart(id);
      }
      case 7 -> core.steady().skip(core.role() == Role.LEADER ? 0 : chance.nextInt(40));
      case 8 -> cluster.advance(id, core.commitIndex());
      case 9 -> cluster.step(id, new RaftInput.SetTarget(someTarget()));
      default -> {
        // Something that was said long ago comes again.
        if (!said.isEmpty()) {
          cluster.network.add(said.get(chance.nextInt(said.size())));
        }
      }
    }
  }
}
