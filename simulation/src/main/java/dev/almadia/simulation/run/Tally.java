// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.run;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** Adds runs up. Any thread. */
final class Tally {
  private static final int VACUOUS_SEEDS_MAX = 10;

  private final long operationsMin;
  private final long startNanos = System.nanoTime();
  private final SortedMap<String, Long> faults = new TreeMap<>();
  private final SortedMap<String, Long> operations = new TreeMap<>();
  private final TreeSet<Long> vacuousSeeds = new TreeSet<>();
  private long done;
  private long repeated;
  private long vacuous;
  private long events;
  private long virtualNanos;

  Tally(long operationsMin) {
    this.operationsMin = operationsMin;
  }

  /** A seed was run, once or twice. */
  synchronized void add(RunResult result, boolean isRepeated) {
    done++;
    repeated += isRepeated ? 1 : 0;
    events += result.traceEvents();
    virtualNanos += result.virtualNanos();
    result.faults().forEach((kind, count) -> faults.merge(kind, count, Long::sum));
    result.operations().forEach((kind, count) -> operations.merge(kind, count, Long::sum));
    if (Traffic.isVacuous(result, operationsMin)) {
      vacuous++;
      vacuousSeeds.add(result.seed());
      if (vacuousSeeds.size() > VACUOUS_SEEDS_MAX) {
        vacuousSeeds.pollLast();
      }
    }
  }

  /** What there is now. */
  synchronized Totals totals() {
    List<Long> seeds = Collections.unmodifiableList(new ArrayList<>(vacuousSeeds));
    return new Totals(
        done,
        repeated,
        vacuous,
        seeds,
        events,
        virtualNanos,
        System.nanoTime() - startNanos,
        copy(faults),
        copy(operations));
  }

  private static SortedMap<String, Long> copy(SortedMap<String, Long> counts) {
    return Collections.unmodifiableSortedMap(new TreeMap<>(counts));
  }
}
