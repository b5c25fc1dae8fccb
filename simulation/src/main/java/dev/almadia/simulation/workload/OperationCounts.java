// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.workload;

import dev.almadia.history.Outcome;
import java.util.SortedMap;
import java.util.TreeMap;

/** How many operations there were, by kind and outcome, such as {@code produce applied}. */
final class OperationCounts {
  private final SortedMap<String, Long> counts = new TreeMap<>();

  /** One more. */
  void add(String kind, String outcome) {
    counts.merge(kind + " " + outcome, 1L, Long::sum);
  }

  /** One more change. */
  void add(String kind, Outcome outcome) {
    add(
        kind,
        switch (outcome) {
          case APPLIED -> "applied";
          case NOT_APPLIED -> "refused";
          case UNKNOWN -> "unknown";
        });
  }

  /** One more read. */
  void addRead(String kind, boolean succeeded) {
    add(kind, succeeded ? "ok" : "failed");
  }

  SortedMap<String, Long> asMap() {
    return new TreeMap<>(counts);
  }
}
