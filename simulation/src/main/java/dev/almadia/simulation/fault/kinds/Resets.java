// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Hold;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.kernel.SimRandom;
import java.util.List;

/** Connections do not last. */
final class Resets implements FaultKind {
  private static final List<Integer> EVERY_MILLIS_MAX = List.of(50, 500, 5_000);

  @Override
  public String name() {
    return "resets";
  }

  @Override
  public String text() {
    return "connections between two brokers are reset again and again";
  }

  @Override
  public Span lasts() {
    return new Span(500, 15_000);
  }

  @Override
  public boolean fits(FaultShape shape) {
    return shape.brokers() >= 2;
  }

  @Override
  public Fault draw(SimRandom random, FaultShape shape) {
    List<Integer> two = shape.two(random);
    int millisMax = random.pick(EVERY_MILLIS_MAX);
    return Fault.of(
        "reset " + FaultShape.text(two) + " every " + millisMax + " ms or sooner",
        hold -> reset(hold, two, millisMax));
  }

  private static void reset(Hold hold, List<Integer> two, int millisMax) {
    hold.reset(two.get(0), two.get(1));
    hold.later(hold.random().between(1, millisMax), () -> reset(hold, two, millisMax));
  }
}
