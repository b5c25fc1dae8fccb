// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Hold;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.kernel.SimRandom;
import java.util.List;

/** One wall clock cannot be relied on. */
final class ClockStrobe implements FaultKind {
  private static final List<Long> JUMPS_MILLIS = List.of(5L, 200L, 10_000L);
  private static final int EVERY_MILLIS_MAX = 200;

  @Override
  public String name() {
    return "clock-strobe";
  }

  @Override
  public String text() {
    return "a wall clock jumps to and fro many times a second";
  }

  @Override
  public Span lasts() {
    return new Span(500, 15_000);
  }

  @Override
  public Fault draw(SimRandom random, FaultShape shape) {
    int broker = shape.one(random);
    long millis = random.pick(JUMPS_MILLIS);
    return Fault.of(
        "clock of " + FaultShape.text(broker) + " jumps to and fro by " + millis + " ms",
        hold -> swing(hold, broker, millis));
  }

  private static void swing(Hold hold, int broker, long millis) {
    hold.jumpClock(broker, millis);
    hold.later(hold.random().between(1, EVERY_MILLIS_MAX), () -> swing(hold, broker, -millis));
  }
}
