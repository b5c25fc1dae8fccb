// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.run;

import java.util.List;

/** The scenarios there are. */
public final class Scenarios {
  private static final List<Named> ALL =
      List.of(new Named(RunSpec.MIX, "everything: each seed draws its cluster, load and faults"));

  private Scenarios() {}

  /** All, the default first. */
  public static List<Named> all() {
    return ALL;
  }
}
