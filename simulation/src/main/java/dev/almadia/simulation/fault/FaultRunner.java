// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault;

import dev.almadia.simulation.cluster.SimCluster;
import dev.almadia.simulation.kernel.EventLoop;
import dev.almadia.simulation.kernel.SimRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Makes a plan happen: begins and ends its faults in virtual time, and at the end of the plan heals
 * the cluster, or all of it but a minority. Faults may overlap in any way, see {@link Hold}. Also
 * the supervisor of the brokers: one that ended without a fault that keeps it down starts again.
 *
 * <p>The simulation's thread only.
 */
public final class FaultRunner {
  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final long SUPERVISE_NANOS = 250 * NANOS_PER_MILLI;
  private static final long WATCH_NANOS = 5 * NANOS_PER_MILLI;

  /** A fault that waits for an election does not wait longer. */
  private static final long WAIT_NANOS_MAX = 5_000 * NANOS_PER_MILLI;

  private static final long FOR_EVER = Long.MAX_VALUE / 2;

  private record Active(PlannedFault planned, Hold hold) {}

  private final SimCluster cluster;
  private final EventLoop loop;
  private final SimRandom random;
  private final FaultSite site;
  private final FaultPlan plan;
  private final Set<Integer> dropped;
  private final List<Active> active = new ArrayList<>();
  private final SortedMap<String, Long> injected = new TreeMap<>();
  private final Deque<PlannedFault> waiting = new ArrayDeque<>();
  private final Set<Integer> brokenForEver = new TreeSet<>();
  private long leadersSeen;
  private boolean healed;

  /**
   * A runner; nothing happens before {@link #start}.
   *
   * @param random the one that the plan was drawn from
   * @param dropped numbers of faults that are left out
   */
  public FaultRunner(
      SimCluster cluster,
      SimRandom random,
      FaultShape shape,
      FaultPlan plan,
      Set<Integer> dropped) {
    this.cluster = cluster;
    this.loop = cluster.world().loop();
    this.random = random;
    this.site = new FaultSite(cluster, shape);
    this.plan = plan;
    this.dropped = dropped;
  }

  /** The plan starts now, on a cluster whose brokers run. */
  public void start() {
    for (PlannedFault planned : plan.without(dropped)) {
      var unused = loop.after(planned.atNanos(), () -> due(planned));
    }
    supervise();
    if (plan.atElections()) {
      leadersSeen = Leaders.fingerprint(cluster);
      watchLeaders();
    }
  }

  private void due(PlannedFault planned) {
    if (healed) {
      return;
    }
    if (!plan.atElections()) {
      begin(planned);
      return;
    }
    waiting.add(planned);
    var unused =
        loop.after(
            WAIT_NANOS_MAX,
            () -> {
              if (!healed && waiting.remove(planned)) {
                begin(planned);
              }
            });
  }

  private void watchLeaders() {
    if (healed) {
      return;
    }
    if (!waiting.isEmpty()) {
      long leaders = Leaders.fingerprint(cluster);
      if (leaders != leadersSeen) {
        PlannedFault planned = waiting.remove();
        begin(planned);
        leaders = Leaders.fingerprint(cluster);
      }
      leadersSeen = leaders;
    }
    var unused = loop.after(WATCH_NANOS, this::watchLeaders);
  }

  private void supervise() {
    site.supervise();
    var unused = loop.after(SUPERVISE_NANOS, this::supervise);
  }

  private void begin(PlannedFault planned) {
    cluster.world().trace().note(0, "fault begins:", planned.kind() + " " + planned.fault().text());
    injected.merge(planned.kind(), 1L, Long::sum);
    long endNanos = loop.nowNanos() + planned.lastsNanos();
    Hold hold = site.open(random.split("hold", planned.number()), endNanos);
    Active one = new Active(planned, hold);
    active.add(one);
    var unused = loop.at(endNanos, () -> end(one));
    planned.fault().begin(hold);
  }

  private void end(Active one) {
    if (active.remove(one)) {
      PlannedFault planned = one.planned();
      cluster.world().trace().note(0, "fault ends:", planned.kind() + " " + planned.fault().text());
      planned.fault().end(one.hold());
      site.release(one.hold());
    }
  }

  /** Ends all faults; none comes any more. Brokers whose data were harmed are down for ever. */
  public void healAll() {
    heal(List.of());
  }

  /** The same, but each of the shape's victims is broken for ever, in a way of its own. */
  public void healAllButVictims() {
    heal(site.shape().victims());
  }

  private void heal(List<Integer> broken) {
    healed = true;
    waiting.clear();
    for (Active one : List.copyOf(active)) {
      end(one);
    }
    cluster.world().network().heal();
    for (int id : site.shape().all()) {
      boolean harmed = site.writtenOff().contains(id);
      if (harmed || broken.contains(id)) {
        SimRandom own = random.split("for ever", id);
        LastingFault lasting =
            harmed ? LastingFault.DOWN : own.pick(List.of(LastingFault.values()));
        brokenForEver.add(id);
        Fault fault = lasting.of(id);
        cluster.world().trace().note(0, "broken:", fault.text());
        fault.begin(site.open(own.split("hold"), FOR_EVER));
      }
    }
  }

  /** Brokers that have to be healthy after the heal; ascending. */
  public List<Integer> healthy() {
    return site.shape().all().stream()
        .filter(id -> !brokenForEver.contains(id) && cluster.broker(id).isDeployed())
        .toList();
  }

  /** How many faults began, by kind. */
  public SortedMap<String, Long> injected() {
    return Collections.unmodifiableSortedMap(new TreeMap<>(injected));
  }

  /** How many faults are active. */
  public int active() {
    return active.size();
  }
}
