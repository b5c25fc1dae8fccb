// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.fault.WayTrouble;
import dev.almadia.simulation.kernel.SimRandom;
import java.util.List;

/** A network that shuffles. */
final class Reorder implements FaultKind {
  private static final List<Double> SHARES = List.of(0.05, 0.3, 0.7);

  @Override
  public String name() {
    return "reorder";
  }

  @Override
  public String text() {
    return "some of what brokers send each other is overtaken by far";
  }

  @Override
  public Span lasts() {
    return new Span(1_000, 20_000);
  }

  @Override
  public boolean fits(FaultShape shape) {
    return shape.brokers() >= 2;
  }

  @Override
  public Fault draw(SimRandom random, FaultShape shape) {
    double share = random.pick(SHARES);
    return Fault.of("share overtaken " + share, hold -> hold.troubleAll(WayTrouble.reorder(share)));
  }
}
