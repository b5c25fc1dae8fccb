// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Hold;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.kernel.SimRandom;

/** One disk stands still. */
final class DiskStall implements FaultKind {
  private static final int STEPS_MILLIS = 100;

  @Override
  public String name() {
    return "disk-stall";
  }

  @Override
  public String text() {
    return "a disk does nothing for up to a minute";
  }

  @Override
  public Span lasts() {
    return new Span(500, 60_000);
  }

  @Override
  public Fault draw(SimRandom random, FaultShape shape) {
    int broker = shape.one(random);
    return Fault.of("disk of " + FaultShape.text(broker) + " stalls", hold -> stall(hold, broker));
  }

  /** What begins in a stall is done when the stall is over, so the pause gets shorter. */
  private static void stall(Hold hold, int broker) {
    hold.slowDisk(broker, hold.leftMillis());
    hold.later(STEPS_MILLIS, () -> stall(hold, broker));
  }
}
