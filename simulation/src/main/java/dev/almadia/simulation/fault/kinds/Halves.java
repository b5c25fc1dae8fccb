// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.kernel.SimRandom;
import java.util.List;

/** Two sides, none with many more brokers than the other. */
final class Halves implements FaultKind {
  @Override
  public String name() {
    return "halves";
  }

  @Override
  public String text() {
    return "the network is cut into two halves as equal as can be";
  }

  @Override
  public Span lasts() {
    return new Span(200, 10_000);
  }

  @Override
  public boolean fits(FaultShape shape) {
    return shape.brokers() >= 2;
  }

  @Override
  public Fault draw(SimRandom random, FaultShape shape) {
    List<Integer> side = shape.some(random, shape.brokers() / 2);
    return Fault.of(
        FaultShape.text(side) + " on one side",
        hold -> hold.shapeNetwork((from, to) -> side.contains(from) == side.contains(to)));
  }
}
