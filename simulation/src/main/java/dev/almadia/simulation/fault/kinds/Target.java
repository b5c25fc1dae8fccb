// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Hold;
import dev.almadia.simulation.kernel.SimRandom;

/**
 * Whom a fault happens to: a broker, or whoever leads some group when it begins.
 *
 * @param broker its id; 0 for a leader
 */
record Target(int broker) {
  /** A leader in one draw of three. */
  static Target draw(SimRandom random, FaultShape shape) {
    int broker = shape.one(random);
    return new Target(random.below(3) == 0 ? 0 : broker);
  }

  String text() {
    return broker == 0 ? "a leader" : FaultShape.text(broker);
  }

  int choose(Hold hold) {
    return broker == 0 ? hold.someLeader() : broker;
  }
}
