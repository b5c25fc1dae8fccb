// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Hold;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.kernel.SimRandom;
import java.util.List;

/** The usual upgrade. */
final class RollingRestart implements FaultKind {
  @Override
  public String name() {
    return "rolling-restart";
  }

  @Override
  public String text() {
    return "all brokers stop and start, one after the other";
  }

  @Override
  public Span lasts() {
    return new Span(5_000, 40_000);
  }

  @Override
  public boolean restartsBrokers() {
    return true;
  }

  @Override
  public Fault draw(SimRandom random, FaultShape shape) {
    List<Integer> order = shape.shuffled(random);
    double downShare = random.between(2, 8) / 10.0;
    return Fault.of(
        "restart " + FaultShape.text(order) + " in this order",
        hold -> roll(hold, order, downShare));
  }

  private static void roll(Hold hold, List<Integer> order, double downShare) {
    long turnMillis = hold.leftMillis() / order.size();
    for (int i = 0; i < order.size(); i++) {
      int broker = order.get(i);
      long stopMillis = i * turnMillis;
      hold.later(stopMillis, () -> hold.stop(broker));
      hold.later(stopMillis + (long) (turnMillis * downShare), () -> hold.letStart(broker));
    }
  }
}
