// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.kernel.SimRandom;

/** All machines lose power. */
final class PowerAll implements FaultKind {
  @Override
  public String name() {
    return "power-all";
  }

  @Override
  public String text() {
    return "all machines lose power at once";
  }

  @Override
  public Span lasts() {
    return new Span(200, 3_000);
  }

  @Override
  public boolean restartsBrokers() {
    return true;
  }

  @Override
  public boolean losesUnsynced() {
    return true;
  }

  @Override
  public Fault draw(SimRandom random, FaultShape shape) {
    return Fault.of("power loss of all", hold -> shape.all().forEach(hold::losePower));
  }
}
