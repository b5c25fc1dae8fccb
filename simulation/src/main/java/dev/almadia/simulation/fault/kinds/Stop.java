// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.kernel.SimRandom;

/** One broker stops in good order. */
final class Stop implements FaultKind {
  @Override
  public String name() {
    return "stop";
  }

  @Override
  public String text() {
    return "a broker stops as on SIGTERM and starts again later";
  }

  @Override
  public Span lasts() {
    return new Span(500, 15_000);
  }

  @Override
  public boolean restartsBrokers() {
    return true;
  }

  @Override
  public Fault draw(SimRandom random, FaultShape shape) {
    int broker = shape.one(random);
    return Fault.of("stop " + FaultShape.text(broker), hold -> hold.stop(broker));
  }
}
