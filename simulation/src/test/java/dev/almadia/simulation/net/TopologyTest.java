// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TopologyTest {
  private static final List<Integer> BROKERS = List.of(1, 2, 3, 4, 5);

  private final SimNetwork network = new World().network;
  private final Topology topology = new Topology(network, BROKERS);

  /** Who hears whom: a row for each sender. */
  private String shape() {
    StringBuilder rows = new StringBuilder();
    for (int from : BROKERS) {
      rows.append(from == 1 ? "" : " ");
      for (int to : BROKERS) {
        rows.append(from == to ? '.' : network.isOpen(from, to) ? 'x' : '-');
      }
    }
    return rows.toString();
  }

  @Test
  void isolatesOne() {
    topology.isolate(2);
    assertThat(shape()).isEqualTo(".-xxx -.--- x-.xx x-x.x x-xx.");
  }

  @Test
  void splitsIntoHalvesAndLeavesAMajority() {
    topology.halves(BROKERS);
    assertThat(shape()).isEqualTo(".x--- x.--- --.xx --x.x --xx.");
    topology.majority(List.of(5, 1, 2, 3, 4));
    assertThat(shape()).isEqualTo(".---x -.xx- -x.x- -xx.- x---.");
  }

  @Test
  void joinsTwoSidesByABridge() {
    topology.bridge(List.of(1, 2), 3);
    assertThat(shape()).isEqualTo(".xx-- x.x-- xx.xx --x.x --xx.");
  }

  @Test
  void letsEachHearItsNeighbours() {
    topology.ring(BROKERS);
    assertThat(shape()).isEqualTo(".x--x x.x-- -x.x- --x.x x--x.");
    topology.star(3);
    assertThat(shape()).isEqualTo(".-x-- -.x-- xx.xx --x.- --x-.");
  }

  @Test
  void closesOneDirection() {
    topology.deaf(1);
    assertThat(shape()).isEqualTo(".xxxx -.xxx -x.xx -xx.x -xxx.");
    topology.mute(1);
    assertThat(shape()).isEqualTo(".---- x.xxx xx.xx xxx.x xxxx.");
  }

  @Test
  void leavesClientsAloneUntilAllIsHealed() {
    network.cut(-1, 2);
    topology.isolate(2);
    assertThat(network.isOpen(-2, 2)).isTrue();
    topology.whole();
    assertThat(shape()).isEqualTo(".xxxx x.xxx xx.xx xxx.x xxxx.");
    assertThat(network.isOpen(-1, 2)).isFalse();
    network.heal();
    assertThat(network.isOpen(-1, 2)).isTrue();
  }
}
