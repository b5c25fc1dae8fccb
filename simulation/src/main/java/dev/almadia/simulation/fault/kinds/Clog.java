// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.kernel.SimRandom;
import java.util.List;

/** One direction stands still. */
final class Clog implements FaultKind {
  @Override
  public String name() {
    return "clog";
  }

  @Override
  public String text() {
    return "one direction between two brokers stands still, then all comes at once";
  }

  @Override
  public Span lasts() {
    return new Span(300, 10_000);
  }

  @Override
  public boolean fits(FaultShape shape) {
    return shape.brokers() >= 2;
  }

  @Override
  public Fault draw(SimRandom random, FaultShape shape) {
    List<Integer> two = shape.two(random);
    return Fault.of(
        FaultShape.text(two.get(0)) + " to " + FaultShape.text(two.get(1)) + " stands still",
        hold -> hold.clog(two.get(0), two.get(1)));
  }
}
