// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.run;

import dev.almadia.simulation.fault.kinds.FaultKinds;
import dev.almadia.simulation.scenario.Scenarios;
import java.util.List;

/** What people can choose by name. */
public final class Choices {
  private Choices() {}

  /** The scenarios, the default first. */
  public static List<Named> scenarios() {
    return Scenarios.all().stream()
        .map(scenario -> new Named(scenario.name(), scenario.text()))
        .toList();
  }

  /** The kinds of fault, in the order in which people should read them. */
  public static List<Named> faults() {
    return FaultKinds.all().stream().map(kind -> new Named(kind.name(), kind.text())).toList();
  }
}
