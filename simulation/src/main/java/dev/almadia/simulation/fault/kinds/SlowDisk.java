// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.kernel.SimRandom;
import java.util.List;

/** One disk is slow. */
final class SlowDisk implements FaultKind {
  private static final List<Long> PAUSES_MILLIS = List.of(5L, 30L, 200L, 1_000L);

  @Override
  public String name() {
    return "slow-disk";
  }

  @Override
  public String text() {
    return "writes and reads of a disk take much longer";
  }

  @Override
  public Span lasts() {
    return new Span(1_000, 20_000);
  }

  @Override
  public Fault draw(SimRandom random, FaultShape shape) {
    int broker = shape.one(random);
    long millis = random.pick(PAUSES_MILLIS);
    return Fault.of(
        "disk of " + FaultShape.text(broker) + " takes " + millis + " ms more",
        hold -> hold.slowDisk(broker, millis));
  }
}
