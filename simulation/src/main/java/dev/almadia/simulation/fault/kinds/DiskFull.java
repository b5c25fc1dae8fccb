// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.kernel.SimRandom;
import java.util.List;

/** One disk runs full. */
final class DiskFull implements FaultKind {
  private static final List<Long> ROOMS_BYTES = List.of(0L, 1_000L, 50_000L);

  @Override
  public String name() {
    return "disk-full";
  }

  @Override
  public String text() {
    return "something else takes a disk's room for a while";
  }

  @Override
  public Span lasts() {
    return new Span(1_000, 15_000);
  }

  @Override
  public boolean restartsBrokers() {
    return true;
  }

  @Override
  public Fault draw(SimRandom random, FaultShape shape) {
    int broker = shape.one(random);
    long bytes = random.pick(ROOMS_BYTES);
    return Fault.of(
        "disk of " + FaultShape.text(broker) + " has " + bytes + " B left",
        hold -> hold.fillDisk(broker, bytes));
  }
}
