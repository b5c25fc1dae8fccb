// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.run;

import java.util.List;

/** The kinds of fault there are. */
public final class FaultKinds {
  private static final List<Named> ALL =
      List.of(
          new Named("crash", "a broker dies and comes back; what was not synced may be gone"),
          new Named("partition", "the network is cut between brokers"));

  private FaultKinds() {}

  /** All, in the order in which people should read them. */
  public static List<Named> all() {
    return ALL;
  }
}
