// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.run;

import java.util.List;
import java.util.SortedMap;

/**
 * What many runs came to. Immutable.
 *
 * @param done seeds that were run to their end or their violation
 * @param repeated seeds among them that were run twice, to see whether both are the same
 * @param vacuous seeds whose run had too little traffic to mean anything
 * @param vacuousSeeds the lowest of them
 * @param events in the traces; of a seed that was run twice, once
 * @param virtualNanos virtual time of all runs
 * @param realNanos real time since the start
 * @param faults injected, by kind
 * @param operations by kind and outcome
 */
public record Totals(
    long done,
    long repeated,
    long vacuous,
    List<Long> vacuousSeeds,
    long events,
    long virtualNanos,
    long realNanos,
    SortedMap<String, Long> faults,
    SortedMap<String, Long> operations) {
  /** Seeds per second of real time. */
  public double seedsPerSecond() {
    return realNanos == 0 ? 0 : done * 1e9 / realNanos;
  }

  /** How many times faster virtual time goes by than real time, all threads together. */
  public double speed() {
    return realNanos == 0 ? 0 : (double) virtualNanos / realNanos;
  }

  /** Virtual time in hours. */
  public double virtualHours() {
    return virtualNanos / 3.6e12;
  }

  /** Faults of all kinds. */
  public long faultCount() {
    return faults.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Operations of all kinds. */
  public long operationCount() {
    return Traffic.all(operations);
  }

  /** Operations that ended well. */
  public long operationsSucceeded() {
    return Traffic.succeeded(operations);
  }
}
