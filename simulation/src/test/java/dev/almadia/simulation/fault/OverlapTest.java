// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.almadia.simulation.cluster.SimBroker;
import dev.almadia.simulation.cluster.SimCluster;
import dev.almadia.simulation.kernel.SimRandom;
import dev.almadia.simulation.net.SimNetwork;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Faults on the same thing: what is left when one of them ends. */
class OverlapTest {
  private static final long LATER = Long.MAX_VALUE / 2;

  private final SimCluster cluster = Clusters.resting(new SimRandom(1), 3);
  private final SimBroker broker = cluster.broker(1);
  private final SimNetwork network = cluster.world().network();
  private final FaultSite site = new FaultSite(cluster, new FaultShape(3, 1, List.of(3)));

  private Hold hold() {
    return site.open(new SimRandom(2), LATER);
  }

  @Test
  void aBrokerIsDownUntilNoFaultKeepsItDown() {
    Hold one = hold();
    Hold other = hold();
    one.kill(1);
    other.losePower(1);
    site.release(one);
    site.supervise();
    assertThat(broker.isUp()).isFalse();
    site.release(other);
    assertThat(broker.isUp()).isTrue();
  }

  @Test
  void aBrokerIsPausedUntilNoFaultPausesIt() {
    Hold one = hold();
    Hold other = hold();
    one.pause(1);
    other.pause(1);
    site.release(other);
    assertThat(broker.isRunning()).isFalse();
    site.release(one);
    assertThat(broker.isRunning()).isTrue();
  }

  @Test
  void aPausedBrokerCanBeKilledAndIsPausedWhenItComesBack() {
    Hold pauses = hold();
    Hold kills = hold();
    pauses.pause(1);
    kills.kill(1);
    assertThat(broker.isUp()).isFalse();
    site.release(kills);
    assertThat(broker.isUp()).isTrue();
    assertThat(broker.isRunning()).isFalse();
    site.release(pauses);
    assertThat(broker.isRunning()).isTrue();
  }

  @Test
  void aPausedBrokerStopsWhenItGoesOn() {
    Hold pauses = hold();
    Hold stops = hold();
    pauses.pause(1);
    stops.stop(1);
    cluster.runFor(20_000);
    assertThat(broker.isUp()).isTrue();
    site.release(pauses);
    assertThat(cluster.runUntil(20_000, () -> !broker.isUp())).isTrue();
    site.release(stops);
    assertThat(broker.isUp()).isTrue();
  }

  @Test
  void aBrokerThatEndedByItselfIsStartedAgain() {
    broker.kill(false);
    site.supervise();
    assertThat(broker.isUp()).isTrue();
  }

  @Test
  void aBrokerWhoseSyncFailedIsDownUntilTheFaultEnds() {
    Hold fails = hold();
    fails.failSync(1);
    Hold restarts = hold();
    restarts.kill(2);
    boolean ended = cluster.runUntil(20_000, () -> !broker.isUp());
    assertThat(ended).isTrue();
    site.supervise();
    assertThat(broker.isUp()).isFalse();
    site.release(fails);
    assertThat(broker.isUp()).isTrue();
  }

  @Test
  void aWayIsCutUntilNoFaultCutsIt() {
    Hold deaf = hold();
    Hold isolated = hold();
    deaf.shapeNetwork((from, to) -> to != 1);
    isolated.shapeNetwork((from, to) -> from != 2 && to != 2);
    assertThat(network.isOpen(3, 1)).isFalse();
    assertThat(network.isOpen(1, 3)).isTrue();
    site.release(isolated);
    assertThat(network.isOpen(2, 1)).isFalse();
    assertThat(network.isOpen(1, 2)).isTrue();
    site.release(deaf);
    assertThat(network.isOpen(2, 1)).isTrue();
  }

  @Test
  void ofTroubleOnOneWayTheWorstCounts() {
    WayTrouble both = WayTrouble.loss(0.1).and(WayTrouble.loss(0.3)).and(WayTrouble.CUT);
    assertThat(both.loss()).isEqualTo(0.3);
    assertThat(both.cut()).isTrue();
    assertThat(WayTrouble.NONE.and(both)).isEqualTo(both);
  }

  @Test
  void theStateOfWaysDoesNotDependOnTheOrderOfBegins() {
    Hold one = hold();
    Hold other = hold();
    other.troubleBoth(1, 2, WayTrouble.CUT);
    one.troubleAll(WayTrouble.loss(0.2));
    one.troubleBoth(1, 2, WayTrouble.NONE);
    assertThat(network.isOpen(1, 2)).isFalse();
    site.release(one);
    assertThat(network.isOpen(1, 2)).isFalse();
    site.release(other);
    assertThat(network.isOpen(1, 2)).isTrue();
  }

  @Test
  void aFullDiskStaysFullWhenAnotherFaultOfItEnds() {
    Hold full = hold();
    Hold fails = hold();
    full.fillDisk(1, 1_000);
    fails.failWrite(1);
    site.release(fails);
    assertThat(broker.disk().freeBytes()).isLessThanOrEqualTo(1_000);
    site.release(full);
    assertThat(broker.disk().freeBytes()).isGreaterThan(1_000);
  }

  @Test
  void aFaultThatHasEndedDoesNothingMore() {
    Hold ended = hold();
    ended.later(10, () -> ended.kill(1));
    site.release(ended);
    cluster.runFor(100);
    ended.kill(1);
    ended.pause(1);
    ended.trouble(1, 2, WayTrouble.CUT);
    assertThat(broker.isRunning()).isTrue();
    assertThat(network.isOpen(1, 2)).isTrue();
  }

  @Test
  void onlyVictimsAreHarmed() {
    Hold harms = hold();
    assertThatThrownBy(() -> harms.flipBit(1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> harms.loseDisk(2)).isInstanceOf(IllegalArgumentException.class);
    harms.loseDisk(3);
    assertThat(site.writtenOff()).containsExactly(3);
  }
}
