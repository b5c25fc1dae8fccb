// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault;

import dev.almadia.broker.server.runtime.RunningBroker;
import dev.almadia.simulation.cluster.SimBroker;
import dev.almadia.simulation.cluster.SimCluster;
import dev.almadia.simulation.disk.SimDisk;
import dev.almadia.simulation.fault.Hold.Down;
import dev.almadia.simulation.fault.Hold.Refusal;
import dev.almadia.simulation.kernel.EventLoop;
import dev.almadia.simulation.kernel.SimRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The cluster as faults see it. What state it is to be in follows from all active holds together,
 * never from the order of begins and ends: whenever a hold changes, the state of what it touches is
 * worked out anew and made so. Also restarts what ended by itself, as a supervisor does.
 */
final class FaultSite {
  private final SimCluster cluster;
  private final FaultShape shape;
  private final Operator operator;
  private final List<Hold> holds = new ArrayList<>();
  private final Set<Integer> writtenOff = new TreeSet<>();
  private final Map<Way, WayTrouble> applied = new TreeMap<>();

  /** Brokers that find an empty disk at their next start, with the chance for it. */
  private final Map<Integer, SimRandom> replaced = new TreeMap<>();

  /** The lives that were told to stop. */
  private final Map<Integer, RunningBroker> stopping = new TreeMap<>();

  FaultSite(SimCluster cluster, FaultShape shape) {
    this.cluster = cluster;
    this.shape = shape;
    this.operator = new Operator(cluster);
  }

  SimCluster cluster() {
    return cluster;
  }

  FaultShape shape() {
    return shape;
  }

  EventLoop loop() {
    return cluster.world().loop();
  }

  SimBroker broker(int id) {
    return cluster.broker(id);
  }

  /** Brokers whose data were harmed: they are not to be healthy again. */
  Set<Integer> writtenOff() {
    return writtenOff;
  }

  Hold open(SimRandom random, long endNanos) {
    Hold hold = new Hold(this, random, endNanos);
    holds.add(hold);
    return hold;
  }

  /** A fault ended: its share is taken back. */
  void release(Hold hold) {
    hold.end();
    holds.remove(hold);
    settleWays();
    for (int id : shape.all()) {
      if (hold.diskRoomBytes.containsKey(id) || hold.refusals.containsKey(id)) {
        settleDisk(id);
      }
      settle(id);
    }
  }

  /** Makes the process of a broker what all holds together want. */
  void settle(int id) {
    SimBroker broker = broker(id);
    broker.speed().diskPauseMillis(worst(hold -> hold.diskPauseMillis.get(id)));
    broker.speed().turnPauseMillis(worst(hold -> hold.turnPauseMillis.get(id)));
    if (!broker.isUp() && mayRun(id)) {
      SimRandom replacing = replaced.remove(id);
      if (replacing != null) {
        operator.loseDisk(id, replacing);
        settleDisk(id);
      }
      broker.start();
    }
    if (holds.stream().anyMatch(hold -> hold.paused.contains(id))) {
      broker.pause();
      return;
    }
    broker.resume();
    RunningBroker life = broker.running();
    boolean isToStop = holds.stream().anyMatch(hold -> hold.down.get(id) == Down.STOPPING);
    if (isToStop && life != null && stopping.get(id) != life) {
      stopping.put(id, life);
      broker.stop();
    }
  }

  /** A broker whose disk refuses ends by itself, and its operator does not start it meanwhile. */
  private boolean mayRun(int id) {
    return holds.stream()
        .noneMatch(hold -> hold.down.containsKey(id) || hold.refusals.containsKey(id));
  }

  private long worst(Function<Hold, @Nullable Long> pause) {
    long worst = 0;
    for (Hold hold : holds) {
      worst = Math.max(worst, Objects.requireNonNullElse(pause.apply(hold), 0L));
    }
    return worst;
  }

  /**
   * The broker's next process finds an empty disk. The disk goes only then, so that it is spared if
   * a topic was created meanwhile that needs it: who does not know yet that the broker is down
   * counts it among the voters.
   */
  void replaceAtStart(int id, SimRandom random) {
    replaced.put(id, random);
  }

  /** Makes the disk of a broker what all holds together want. */
  void settleDisk(int id) {
    SimDisk disk = broker(id).disk();
    disk.heal();
    for (Hold hold : holds) {
      Set<Refusal> refused = hold.refusals.getOrDefault(id, Set.of());
      if (refused.contains(Refusal.WRITE)) {
        disk.failNextWrite();
      }
      if (refused.contains(Refusal.SYNC)) {
        disk.failNextSync();
      }
    }
    holds.stream()
        .filter(hold -> hold.diskRoomBytes.containsKey(id))
        .mapToLong(hold -> Objects.requireNonNull(hold.diskRoomBytes.get(id)))
        .min()
        .ifPresent(disk::fill);
  }

  /** Makes the ways between hosts what all holds together want. */
  void settleWays() {
    Map<Way, WayTrouble> wanted = new TreeMap<>();
    for (Hold hold : holds) {
      hold.ways.forEach((way, trouble) -> wanted.merge(way, trouble, WayTrouble::and));
    }
    Set<Way> touched = new TreeSet<>(applied.keySet());
    touched.addAll(wanted.keySet());
    for (Way way : touched) {
      WayTrouble before = applied.getOrDefault(way, WayTrouble.NONE);
      WayTrouble after = wanted.getOrDefault(way, WayTrouble.NONE);
      if (!after.equals(before)) {
        after.replace(before, cluster.world().network(), way.from(), way.to());
      }
    }
    applied.clear();
    applied.putAll(wanted);
  }

  Operator operator() {
    return operator;
  }

  /** Starts what ended by itself, and takes away what is not wanted any more. */
  void supervise() {
    operator.takeAway();
    for (int id : shape.all()) {
      if (!broker(id).isUp() || stopping.containsKey(id)) {
        settle(id);
      }
    }
  }

  boolean flipBit(int id) {
    checkVictim(id);
    boolean flipped = broker(id).disk().flipBit(new WholeElsewhere(cluster, id));
    if (flipped) {
      cluster.world().trace().add(id, "a stored bit flips");
      writtenOff.add(id);
    }
    return flipped;
  }

  void loseDisk(int id) {
    checkVictim(id);
    cluster.world().trace().add(id, "loses its disk");
    broker(id).kill(false);
    broker(id).disk().wipe();
    writtenOff.add(id);
    settleDisk(id);
    settle(id);
  }

  private void checkVictim(int id) {
    if (!shape.victims().contains(id)) {
      throw new IllegalArgumentException("b" + id + " is not one of " + shape.victims());
    }
  }
}
