// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.fault.WayTrouble;
import dev.almadia.simulation.kernel.SimRandom;
import java.util.List;

/** One direction is cut. */
final class OneWay implements FaultKind {
  @Override
  public String name() {
    return "one-way";
  }

  @Override
  public String text() {
    return "one broker does not hear one other";
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
    List<Integer> two = shape.two(random);
    return Fault.of(
        FaultShape.text(two.get(0)) + " does not hear " + FaultShape.text(two.get(1)),
        hold -> hold.trouble(two.get(1), two.get(0), WayTrouble.CUT));
  }
}
