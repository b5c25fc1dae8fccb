// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.run;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What came of a run. Immutable.
 *
 * @param seed its seed
 * @param options one line: everything that was derived from the seed, such as brokers, partitions,
 *     limits, modes
 * @param violation the first broken promise, at which the run ended; null if there was none
 * @param traceHash hash of all events
 * @param traceEvents how many
 * @param virtualNanos virtual time that went by
 * @param faults how many were injected, by the names of {@link
 *     dev.almadia.simulation.fault.kinds.FaultKinds}
 * @param operations how many, by kind and outcome, such as {@code produce applied}; the ones that
 *     end {@code applied} or {@code ok} count as succeeded
 * @param plan the fault schedule, one line each with its virtual time; a fault's number is its
 *     index here. Always whole: those that were dropped are in it too
 * @param lastLines the last events, oldest first; empty unless asked for
 */
public record RunResult(
    long seed,
    String options,
    @Nullable Violation violation,
    long traceHash,
    long traceEvents,
    long virtualNanos,
    SortedMap<String, Long> faults,
    SortedMap<String, Long> operations,
    List<String> plan,
    List<String> lastLines) {
  /** Copies. */
  public RunResult {
    faults = Collections.unmodifiableSortedMap(new TreeMap<>(faults));
    operations = Collections.unmodifiableSortedMap(new TreeMap<>(operations));
    plan = Collections.unmodifiableList(new ArrayList<>(plan));
    lastLines = Collections.unmodifiableList(new ArrayList<>(lastLines));
  }
}
