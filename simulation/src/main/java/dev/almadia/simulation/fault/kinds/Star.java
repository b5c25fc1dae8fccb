// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.kernel.SimRandom;

/** Only one broker hears a majority. */
final class Star implements FaultKind {
  @Override
  public String name() {
    return "star";
  }

  @Override
  public String text() {
    return "brokers hear only one of them";
  }

  @Override
  public Span lasts() {
    return new Span(500, 20_000);
  }

  @Override
  public boolean fits(FaultShape shape) {
    return shape.brokers() >= 3;
  }

  @Override
  public Fault draw(SimRandom random, FaultShape shape) {
    int hub = shape.one(random);
    return Fault.of(
        "all hear only " + FaultShape.text(hub),
        hold -> hold.shapeNetwork((from, to) -> from == hub || to == hub));
  }
}
