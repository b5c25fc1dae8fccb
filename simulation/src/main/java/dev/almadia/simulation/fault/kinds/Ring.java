// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.kernel.SimRandom;
import java.util.List;

/** Each hears a majority, and each another one. */
final class Ring implements FaultKind {
  @Override
  public String name() {
    return "ring";
  }

  @Override
  public String text() {
    return "each broker hears only its two neighbours";
  }

  @Override
  public Span lasts() {
    return new Span(500, 20_000);
  }

  @Override
  public boolean fits(FaultShape shape) {
    return shape.brokers() >= 4;
  }

  @Override
  public Fault draw(SimRandom random, FaultShape shape) {
    List<Integer> order = shape.shuffled(random);
    return Fault.of(
        "ring " + FaultShape.text(order),
        hold -> hold.shapeNetwork((from, to) -> areNeighbours(order, from, to)));
  }

  private static boolean areNeighbours(List<Integer> order, int one, int other) {
    int apart = Math.abs(order.indexOf(one) - order.indexOf(other));
    return apart == 1 || apart == order.size() - 1;
  }
}
