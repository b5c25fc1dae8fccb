// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Hold;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.kernel.SimRandom;

/** One broker is heard by nobody. */
final class Mute implements FaultKind {
  @Override
  public String name() {
    return "mute";
  }

  @Override
  public String text() {
    return "a broker hears others, but is not heard";
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
    return Fault.of(target.text() + " is not heard", hold -> mute(hold, target.choose(hold)));
  }

  private static void mute(Hold hold, int broker) {
    hold.shapeNetwork((from, to) -> from != broker);
  }
}
