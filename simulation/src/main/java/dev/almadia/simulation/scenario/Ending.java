// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.scenario;

import dev.almadia.simulation.kernel.SimRandom;

/** What is healed after the faults, before the cluster has to come to rest. */
public enum Ending {
  /** Everything. */
  HEAL_ALL,
  /** Everything but a minority, which is broken for ever. */
  BROKEN_MINORITY,
  /** The one or the other, as the seed says. */
  EITHER;

  /** Whether a minority stays broken in this seed. */
  public boolean breaksMinority(SimRandom random) {
    return switch (this) {
      case HEAL_ALL -> false;
      case BROKEN_MINORITY -> true;
      case EITHER -> random.chance(0.5);
    };
  }
}
