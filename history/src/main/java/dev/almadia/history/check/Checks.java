// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history.check;

import dev.almadia.history.History;
import java.util.List;

/** The rules as one. Immutable; any thread. */
public final class Checks {
  private static final Checks ALL =
      new Checks(
          List.of(
              new LostWrites(),
              new Origins(),
              new Conflicts(),
              new Replicas(),
              new Duplicates(),
              new SplitRequests(),
              new Density(),
              new Sessions(),
              new AppendOrder(),
              new StreamOrder(),
              new Ends(),
              new TimeLookups()));

  private final List<Checker> checkers;

  private Checks(List<Checker> checkers) {
    this.checkers = checkers;
  }

  /** Every rule. */
  public static Checks all() {
    return ALL;
  }

  /** What is wrong with a history: empty if nothing is. At most 50 for each rule. */
  public List<Anomaly> check(History history) {
    Evidence evidence = new Evidence(history);
    Findings findings = new Findings();
    for (Checker checker : checkers) {
      checker.check(evidence, findings);
    }
    return findings.all();
  }
}
