// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Hold;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.kernel.SimRandom;
import java.util.List;

/** One wall clock is wrong for a while. */
final class ClockJump implements FaultKind {
  private static final List<Long> JUMPS_MILLIS = List.of(50L, 2_000L, 60_000L, 3_600_000L);

  @Override
  public String name() {
    return "clock-jump";
  }

  @Override
  public String text() {
    return "a wall clock jumps by up to an hour, and often back again";
  }

  @Override
  public Span lasts() {
    return new Span(500, 30_000);
  }

  @Override
  public Fault draw(SimRandom random, FaultShape shape) {
    int broker = shape.one(random);
    long millis = random.pick(JUMPS_MILLIS) * (random.chance(0.5) ? 1 : -1);
    boolean returns = random.chance(0.7);
    return new Jump(broker, millis, returns);
  }

  private record Jump(int broker, long millis, boolean returns) implements Fault {
    @Override
    public String text() {
      return "clock of "
          + FaultShape.text(broker)
          + " jumps by "
          + millis
          + " ms"
          + (returns ? " and back" : "");
    }

    @Override
    public void begin(Hold hold) {
      hold.jumpClock(broker, millis);
    }

    @Override
    public void end(Hold hold) {
      if (returns) {
        hold.jumpClock(broker, -millis);
      }
    }
  }
}
