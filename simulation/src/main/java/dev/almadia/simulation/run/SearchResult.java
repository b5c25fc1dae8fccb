// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.run;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What came of a search. Immutable.
 *
 * @param spec what was asked for
 * @param totals of all runs
 * @param failures by ascending seed. Which ones there are does not depend on the threads: they are
 *     the lowest seeds that fail, unless time was up
 * @param isTimeUp whether seeds are left because of the time box
 */
public record SearchResult(
    SearchSpec spec, Totals totals, List<Failure> failures, boolean isTimeUp) {
  /** Copies. */
  public SearchResult {
    failures = Collections.unmodifiableList(new ArrayList<>(failures));
  }

  /** Whether a promise of the product was seen broken. */
  public boolean hasViolation() {
    return failures.stream().anyMatch(failure -> failure.kind() == Failure.Kind.VIOLATION);
  }
}
