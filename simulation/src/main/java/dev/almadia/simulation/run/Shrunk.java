// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.run;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A violation with the shortest fault schedule that was found for it. Immutable.
 *
 * @param spec runs exactly this
 * @param searched the violation as it was first seen
 * @param result of the run of {@code spec}
 * @param lastLines the last events of that run, oldest first
 * @param runs how many were made to find it
 * @param isShortest whether none of its faults can be left out; false if the runs or the time were
 *     used up before
 */
public record Shrunk(
    RunSpec spec,
    Violation searched,
    RunResult result,
    List<String> lastLines,
    int runs,
    boolean isShortest) {
  /** Copies. */
  public Shrunk {
    lastLines = Collections.unmodifiableList(new ArrayList<>(lastLines));
  }

  /** The violation of the shortest run, or the first one if that run did not show it again. */
  public Violation violation() {
    Violation seen = result.violation();
    return seen != null && seen.isSameAs(searched) ? seen : searched;
  }

  /** Numbers of the faults that are left, ascending. */
  public List<Integer> kept() {
    List<Integer> kept = new ArrayList<>();
    for (int number = 0; number < result.plan().size(); number++) {
      if (!spec.droppedFaults().contains(number)) {
        kept.add(number);
      }
    }
    return kept;
  }
}
