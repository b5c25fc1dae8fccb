// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.scenario;

import dev.almadia.simulation.cluster.ClusterOptions;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultPlan;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Intensity;
import dev.almadia.simulation.fault.kinds.FaultKinds;
import dev.almadia.simulation.kernel.SimRandom;
import java.util.List;
import java.util.Set;

/**
 * What a simulation is about. Immutable. A new one is one entry in {@link Scenarios}.
 *
 * @param name for the command line: small letters and hyphens
 * @param text what it is, one line
 * @param kinds of fault that may be in it
 * @param intensity how many faults
 * @param hints what it wants of its cluster
 * @param faultMillis how long there are faults, in virtual time
 * @param ending what is healed after them
 * @param cuts logs are cut
 * @param numberedMax producers that number their records, at most
 */
public record Scenario(
    String name,
    String text,
    List<FaultKind> kinds,
    Intensity intensity,
    ClusterHints hints,
    long faultMillis,
    Ending ending,
    boolean cuts,
    int numberedMax) {
  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final double SOME_BUFFERED = 0.2;
  private static final long FAULT_MILLIS = 60_000;

  /** Copies. */
  public Scenario {
    kinds = List.copyOf(kinds);
  }

  /** A minute of these faults on a cluster as drawn, then one of the two endings. */
  static Scenario of(String name, String text, List<FaultKind> kinds) {
    return new Scenario(
        name,
        text,
        kinds,
        Intensity.USUAL,
        ClusterHints.NONE,
        FAULT_MILLIS,
        Ending.EITHER,
        false,
        0);
  }

  Scenario with(Intensity other) {
    return new Scenario(name, text, kinds, other, hints, faultMillis, ending, cuts, numberedMax);
  }

  Scenario with(ClusterHints other) {
    return new Scenario(
        name, text, kinds, intensity, other, faultMillis, ending, cuts, numberedMax);
  }

  Scenario with(Ending other) {
    return new Scenario(name, text, kinds, intensity, hints, faultMillis, other, cuts, numberedMax);
  }

  Scenario withCuts() {
    return new Scenario(
        name, text, kinds, intensity, hints, faultMillis, ending, true, numberedMax);
  }

  Scenario withNumbered(int max) {
    return new Scenario(name, text, kinds, intensity, hints, faultMillis, ending, cuts, max);
  }

  /** Its cluster for a seed. */
  public ClusterOptions cluster(SimRandom random) {
    return hints.draw(random);
  }

  /**
   * Its faults for a seed.
   *
   * @param named names of kinds that are to be there, each of them, also ones that are not the
   *     scenario's; empty: the seed draws some of the scenario's
   * @throws IllegalArgumentException if there is no such kind
   */
  public FaultPlan plan(SimRandom random, FaultShape shape, Set<String> named) {
    long nanos = faultMillis * NANOS_PER_MILLI;
    if (named.isEmpty()) {
      return FaultPlan.draw(random, shape, kinds, intensity, nanos);
    }
    List<FaultKind> wanted = FaultKinds.named(named);
    return FaultPlan.drawAllOf(random, shape, wanted, intensity, nanos);
  }

  /**
   * Share of topics whose acknowledgements do not wait for a sync: such topics promise nothing when
   * machines lose power, so there are none if something in the plan loses what was not synced.
   */
  public double bufferedShare(FaultPlan plan) {
    if (FaultKinds.named(plan.kinds()).stream().anyMatch(FaultKind::losesUnsynced)) {
      return 0;
    }
    return hints.buffered() ? 1 : SOME_BUFFERED;
  }
}
