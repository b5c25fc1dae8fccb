// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.run;

import java.util.Map;
import java.util.SortedMap;

/** Counts operations by how they ended. */
final class Traffic {
  private Traffic() {}

  /** All of them. */
  static long all(SortedMap<String, Long> operations) {
    return operations.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Those that ended {@code applied} or {@code ok}. */
  static long succeeded(SortedMap<String, Long> operations) {
    long sum = 0;
    for (Map.Entry<String, Long> one : operations.entrySet()) {
      if (one.getKey().endsWith(" applied") || one.getKey().endsWith(" ok")) {
        sum += one.getValue();
      }
    }
    return sum;
  }

  /** Whether a run without violation had too little traffic to mean anything. */
  static boolean isVacuous(RunResult result, long operationsMin) {
    long all = all(result.operations());
    return result.violation() == null
        && (all < operationsMin || 2 * succeeded(result.operations()) < all);
  }
}
