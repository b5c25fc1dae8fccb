// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.mutants;

import dev.almadia.simulation.run.RunSpec;
import dev.almadia.simulation.run.Simulator;
import dev.almadia.simulation.run.Violation;
import org.jspecify.annotations.Nullable;

/** The way into the simulator for who cannot name our types. */
public final class OneSeed {
  private OneSeed() {}

  /**
   * Runs a seed.
   *
   * @param scenario its name; empty for the default
   * @return the first broken promise in a line that starts with its number; null if none is
   */
  public static @Nullable String run(long seed, String scenario) {
    RunSpec spec = RunSpec.of(seed);
    RunSpec wanted = scenario.isEmpty() ? spec : spec.withScenario(scenario);
    Violation violation = new Simulator().run(wanted, null).violation();
    return violation == null
        ? null
        : violation.guarantee() + " " + violation.rule() + ": " + violation.text();
  }
}
