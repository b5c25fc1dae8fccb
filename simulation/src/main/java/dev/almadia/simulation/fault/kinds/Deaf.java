// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Hold;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.kernel.SimRandom;

/** One broker hears nobody. */
final class Deaf implements FaultKind {
  @Override
  public String name() {
    return "deaf";
  }

  @Override
  public String text() {
    return "a broker is heard, but hears no other";
  }

  @Override
  public Span lasts() {
    return new Span(200, 20_000);
  }

  @Override
  public boolean fits(FaultShape shape) {
    return shape.brokers() >= 2;
  }

  @Override
  public Fault draw(SimRandom random, FaultShape shape) {
    Target target = Target.draw(random, shape);
    return Fault.of(target.text() + " hears no other", hold -> deafen(hold, target.choose(hold)));
  }

  private static void deafen(Hold hold, int broker) {
    hold.shapeNetwork((from, to) -> to != broker);
  }
}
