// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.run;

import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.scenario.Scenarios;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/**
 * Whether a search without violation says anything at all.
 *
 * <p>A run is vacuous if it had fewer than {@link SearchSpec#OPERATIONS_MIN} operations or less
 * than half of them succeeded. A search is vacuous if nothing was run, if more than one in ten of
 * its runs is, or if one of the faults that should be there never was, in {@link #RUNS_EXPECTED}
 * runs and more.
 */
public final class Vacuity {
  /** After so many runs each kind of fault must have been there. */
  public static final long RUNS_EXPECTED = 200;

  private static final long VACUOUS_ONE_IN = 10;

  private Vacuity() {}

  /** Why a search says nothing, one line each; none if it is good. */
  public static List<String> of(SearchResult result) {
    Totals totals = result.totals();
    List<String> reasons = new ArrayList<>();
    if (totals.done() == 0 && result.failures().isEmpty()) {
      reasons.add("no seed was run to its end");
    }
    if (totals.vacuous() > totals.done() / VACUOUS_ONE_IN) {
      reasons.add(
          String.format(
              Locale.ROOT,
              "%,d of %,d runs had fewer than %d operations, or less than half of them succeeded"
                  + " (seeds %s)",
              totals.vacuous(),
              totals.done(),
              SearchSpec.OPERATIONS_MIN,
              text(totals)));
    }
    if (totals.done() >= RUNS_EXPECTED) {
      for (String kind : expected(result.spec().run())) {
        if (isMissing(kind, totals)) {
          reasons.add(
              String.format(
                  Locale.ROOT, "in %,d runs there was no fault '%s'", totals.done(), kind));
        }
      }
    }
    return reasons;
  }

  /** Lowest seeds whose run was vacuous, as text. */
  static String text(Totals totals) {
    List<String> seeds = new ArrayList<>();
    totals.vacuousSeeds().forEach(seed -> seeds.add(String.valueOf(seed)));
    return String.join(", ", seeds)
        + (totals.vacuous() > totals.vacuousSeeds().size() ? ", ..." : "");
  }

  /** Those asked for; if none are, those of the scenario. */
  private static Collection<String> expected(RunSpec run) {
    if (!run.faultKinds().isEmpty()) {
      return run.faultKinds();
    }
    return Scenarios.named(run.scenario()).kinds().stream().map(FaultKind::name).toList();
  }

  private static boolean isMissing(String kind, Totals totals) {
    return totals.faults().getOrDefault(kind, 0L) == 0;
  }
}
