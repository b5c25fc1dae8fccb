// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.raft.core.Message;
import dev.almadia.raft.link.GroupMessage;
import dev.almadia.raft.link.Lane;
import dev.almadia.raft.link.PeerBatch;
import dev.almadia.raft.link.PeerInbox;
import dev.almadia.simulation.kernel.SimProcess;
import dev.almadia.simulation.kernel.SimRandom;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SameSeedTest {
  private static final int BROKERS = 5;
  private static final List<Integer> IDS = List.of(1, 2, 3, 4, 5);

  /** Hears nothing. */
  private static final class Deaf implements PeerInbox {
    @Override
    public void receive(int fromBroker, PeerBatch batch) {}

    @Override
    public void connected(int brokerId) {}

    @Override
    public void disconnected(int brokerId) {}
  }

  /** What happened in ten seconds of links under faults. */
  private static long hashOf(long seed) {
    World world = new World(seed, NetworkOptions.busy(2));
    List<SimLinks> links = new ArrayList<>();
    for (int id : IDS) {
      SimProcess process = world.start(id);
      links.add(
          new SimLinks(world.network, process, new Deaf(), LinkOptions.datagrams(), peer -> true));
      process.run(() -> links.get(id - 1).connectTo(IDS));
    }
    SimRandom chance = new SimRandom(seed);
    for (int step = 0; step < 1000; step++) {
      int from = chance.between(1, BROKERS);
      int to = from % BROKERS + 1;
      PeerBatch batch =
          new PeerBatch(
              List.of(new GroupMessage(step, new Message.Heartbeat(from, to, 1, 2, 3))), List.of());
      boolean unused = links.get(from - 1).send(to, Lane.CONTROL, batch);
      switch (chance.below(100)) {
        case 0 -> world.network.cut(from, to);
        case 1 -> world.network.loss(from, to, 0.2);
        case 2 -> world.network.duplicates(from, to, 0.2);
        case 3 -> world.network.reset(from, to);
        case 4 -> world.network.heal();
        default -> {}
      }
      world.runMillis(10);
    }
    return world.trace.hash();
  }

  @Test
  void doesTheSameForASeedAndSomethingElseForAnother() {
    assertThat(hashOf(7)).isEqualTo(hashOf(7)).isNotEqualTo(hashOf(8));
  }
}
