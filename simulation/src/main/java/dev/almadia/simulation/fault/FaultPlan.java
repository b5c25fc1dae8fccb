// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault;

import dev.almadia.simulation.kernel.SimRandom;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/**
 * All faults of a run, in the order of their begins. Swarm style: each seed first draws which few
 * kinds there are at all and how busy it is, because a run with everything in it hides what only a
 * part of it shows. Each fault has chance of its own, so that leaving one out changes no other.
 * Immutable.
 *
 * @param faults all of them; a fault's number is its index
 * @param lengthNanos when the last one is over at the latest
 * @param atElections see {@link Intensity}
 */
public record FaultPlan(List<PlannedFault> faults, long lengthNanos, boolean atElections) {
  private static final long NANOS_PER_MINUTE = 60_000_000_000L;

  /** So many may be active at a time on average: else a busy cluster would never be up. */
  private static final double ACTIVE_MEAN_MAX = 1.0;

  private static final long LAST_NANOS_MIN = 1_000_000;

  /** Copies. */
  public FaultPlan {
    faults = List.copyOf(faults);
  }

  /** Nothing goes wrong. */
  public static FaultPlan none(long lengthNanos) {
    return new FaultPlan(List.of(), lengthNanos, false);
  }

  /**
   * Draws a plan.
   *
   * @param random for faults alone
   * @param kinds that may be in it, in an order that does not change
   * @param lengthNanos the last fault is over by then
   */
  public static FaultPlan draw(
      SimRandom random,
      FaultShape shape,
      Collection<FaultKind> kinds,
      Intensity intensity,
      long lengthNanos) {
    List<FaultKind> some = someOf(random.split("kinds"), shape, kinds, intensity.kindsMax());
    return drawAllOf(random, shape, some, intensity, lengthNanos);
  }

  /** The same with all of these kinds that the cluster can have together. */
  public static FaultPlan drawAllOf(
      SimRandom random,
      FaultShape shape,
      Collection<FaultKind> kinds,
      Intensity intensity,
      long lengthNanos) {
    List<FaultKind> some = together(kinds, shape);
    if (some.isEmpty() || intensity.perMinuteMax() == 0) {
      return none(lengthNanos);
    }
    SimRandom pace = random.split("pace");
    long perMinute = Span.draw(pace, intensity.perMinuteMin(), intensity.perMinuteMax());
    int count = (int) Math.max(1, perMinute * lengthNanos / NANOS_PER_MINUTE);
    List<Long> times = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      times.add(pace.below(lengthNanos));
    }
    Collections.sort(times);
    long lastsMax = (long) (ACTIVE_MEAN_MAX * NANOS_PER_MINUTE / perMinute);
    List<PlannedFault> faults = new ArrayList<>();
    for (int number = 0; number < count; number++) {
      long at = times.get(number);
      SimRandom own = random.split("fault", number);
      FaultKind kind = own.pick(some);
      long lasts = Math.min(kind.lasts().drawNanos(own), Math.min(lastsMax, lengthNanos - at));
      faults.add(
          new PlannedFault(
              number, at, Math.max(LAST_NANOS_MIN, lasts), kind.name(), kind.draw(own, shape)));
    }
    return new FaultPlan(faults, lengthNanos, intensity.atElections());
  }

  private static List<FaultKind> someOf(
      SimRandom random, FaultShape shape, Collection<FaultKind> kinds, int kindsMax) {
    List<FaultKind> left =
        new ArrayList<>(kinds.stream().filter(k -> k.fits(shape) && !k.changesMembers()).toList());
    // Where brokers come and go at all they always do, beside a few of the other kinds.
    List<FaultKind> some =
        new ArrayList<>(kinds.stream().filter(k -> k.fits(shape) && k.changesMembers()).toList());
    int wanted = left.isEmpty() || kindsMax == 0 ? 0 : some.size() + random.between(1, kindsMax);
    while (some.size() < wanted && !left.isEmpty()) {
      some.add(left.remove(random.below(left.size())));
    }
    return some;
  }

  private static List<FaultKind> together(Collection<FaultKind> kinds, FaultShape shape) {
    boolean restarts = kinds.stream().anyMatch(FaultKind::restartsBrokers);
    return kinds.stream()
        .filter(kind -> kind.fits(shape) && !(restarts && kind.needsLastingProcesses()))
        .toList();
  }

  /** One line for each fault, for people. */
  public List<String> lines() {
    return faults.stream().map(PlannedFault::line).toList();
  }

  /** Names of kinds that are in it, sorted. */
  public List<String> kinds() {
    return faults.stream().map(PlannedFault::kind).distinct().sorted().toList();
  }

  /** The faults but for those with these numbers. */
  List<PlannedFault> without(Set<Integer> numbers) {
    return faults.stream().filter(fault -> !numbers.contains(fault.number())).toList();
  }
}
