// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.kernel.SimRandom;
import java.util.List;

/** A majority on one side. */
final class MajoritySplit implements FaultKind {
  @Override
  public String name() {
    return "majority-split";
  }

  @Override
  public String text() {
    return "some minority is cut off from the majority";
  }

  @Override
  public Span lasts() {
    return new Span(200, 20_000);
  }

  @Override
  public boolean fits(FaultShape shape) {
    return shape.brokers() >= 3;
  }

  @Override
  public Fault draw(SimRandom random, FaultShape shape) {
    int most = shape.brokers() - shape.majority();
    List<Integer> side = shape.some(random, random.between(1, most));
    return Fault.of(
        "cut off " + FaultShape.text(side),
        hold -> hold.shapeNetwork((from, to) -> side.contains(from) == side.contains(to)));
  }
}
