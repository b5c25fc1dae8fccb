// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.kernel.SimRandom;
import java.util.List;

/** Two overlapping majorities. */
final class Bridge implements FaultKind {
  @Override
  public String name() {
    return "bridge";
  }

  @Override
  public String text() {
    return "two sides hear each other no more, but one broker hears both";
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
    List<Integer> order = shape.shuffled(random);
    int bridge = order.get(0);
    List<Integer> side = order.subList(1, 1 + (shape.brokers() - 1) / 2);
    return Fault.of(
        FaultShape.text(bridge) + " is the bridge to " + FaultShape.text(side),
        hold ->
            hold.shapeNetwork(
                (from, to) ->
                    from == bridge || to == bridge || side.contains(from) == side.contains(to)));
  }
}
