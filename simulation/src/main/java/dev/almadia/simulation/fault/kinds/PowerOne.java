// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.kernel.SimRandom;

/** One machine loses power. */
final class PowerOne implements FaultKind {
  @Override
  public String name() {
    return "power-one";
  }

  @Override
  public String text() {
    return "a machine loses power: what was not synced may be gone";
  }

  @Override
  public Span lasts() {
    return new Span(200, 20_000);
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
    int broker = shape.one(random);
    return Fault.of("power loss " + FaultShape.text(broker), hold -> hold.losePower(broker));
  }
}
