// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.config.ReplicaId;
import java.util.ArrayList;
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
  private int silent;

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
      turn();
    }
    RaftCore leader = cluster.node(1).core;
    long before = cluster.beatsTheSame();
    for (int tick = 0; tick < 60; tick++) {
      turn();
    }
    assertThat(cluster.beatsTheSame() - before).isEqualTo(10);
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

  private static GroupConfig members(int voters, int learners) {
    List<Integer> ids = new ArrayList<>();
    for (int id = 1; id <= voters + learners; id++) {
      ids.add(id);
    }
    return new GroupConfig(ids.subList(0, voters), List.of(), ids.subList(voters, ids.size()));
  }

  private void run() {
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
    cluster.network.clear();
    for (Message message : messages) {
      if (message.from() != silent && message.to() != silent) {
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
    switch (chance.nextInt(10)) {
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
      case 7 -> core.steady().skip(chance.nextInt(40));
      case 8 -> cluster.advance(id, core.commitIndex());
      default -> late(id);
    }
  }

  /** Something that was said long ago comes again: of another term, with another index or round. */
  private void late(int id) {
    RaftCore core = cluster.node(id).core;
    long index = chance.nextInt(3) == 0 ? core.commitIndex() : chance.nextInt(4);
    long term = Math.max(1, core.term() - chance.nextInt(2));
    for (int other : cluster.nodes.keySet()) {
      if (other != id && core.leaderId() == other && term == core.term()) {
        cluster.network.add(
            new Message.Heartbeat(other, id, term, Math.min(index, core.commitIndex()), 0));
      } else if (other != id && term < core.term()) {
        cluster.network.add(new Message.Heartbeat(other, id, term, 0, 0));
        cluster.network.add(new Message.HeartbeatResponse(other, id, term, index, 0));
      }
    }
  }
}
