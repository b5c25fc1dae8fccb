// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.run;

import java.util.Collection;
import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;

/**
 * What is to be run. All that happens follows from it, except that {@code keepsTrace} must change
 * nothing. Immutable.
 *
 * @param seed all chance comes from it
 * @param scenario its name
 * @param faultKinds only these; empty: all that the scenario has. In the order of their names
 * @param droppedFaults numbers of the plan's faults that are left out; the others stay as they are
 *     and keep their numbers. Ascending
 * @param keepsTrace whether {@link RunResult#lastLines} is wanted
 */
public record RunSpec(
    long seed,
    String scenario,
    Set<String> faultKinds,
    Set<Integer> droppedFaults,
    boolean keepsTrace) {
  /** The scenario of everything. */
  public static final String MIX = "mix";

  /** Sorted, because the order of other sets differs from JVM to JVM. */
  public RunSpec {
    faultKinds = Collections.unmodifiableSortedSet(new TreeSet<>(faultKinds));
    droppedFaults = Collections.unmodifiableSortedSet(new TreeSet<>(droppedFaults));
  }

  /** The mix with all its faults. */
  public static RunSpec of(long seed) {
    return new RunSpec(seed, MIX, Set.of(), Set.of(), false);
  }

  /** The same with another seed. */
  public RunSpec withSeed(long other) {
    return new RunSpec(other, scenario, faultKinds, droppedFaults, keepsTrace);
  }

  /** The same in another scenario. */
  public RunSpec withScenario(String other) {
    return new RunSpec(seed, other, faultKinds, droppedFaults, keepsTrace);
  }

  /** The same with only these faults; empty: all. */
  public RunSpec withFaultKinds(Collection<String> kinds) {
    return new RunSpec(seed, scenario, new TreeSet<>(kinds), droppedFaults, keepsTrace);
  }

  /** The same without these faults of the plan, and with those that were dropped until now. */
  public RunSpec withDroppedFaults(Collection<Integer> dropped) {
    return new RunSpec(seed, scenario, faultKinds, new TreeSet<>(dropped), keepsTrace);
  }

  /** The same with a trace or without. */
  public RunSpec withTrace(boolean keeps) {
    return new RunSpec(seed, scenario, faultKinds, droppedFaults, keeps);
  }
}
