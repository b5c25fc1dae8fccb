// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.kernel.SimRandom;

/** One process dies. */
final class Crash implements FaultKind {
  @Override
  public String name() {
    return "crash";
  }

  @Override
  public String text() {
    return "a broker is killed, as by kill -9, and starts again later";
  }

  @Override
  public Span lasts() {
    return new Span(50, 20_000);
  }

  @Override
  public boolean restartsBrokers() {
    return true;
  }

  @Override
  public Fault draw(SimRandom random, FaultShape shape) {
    int broker = shape.one(random);
    return Fault.of("kill " + FaultShape.text(broker), hold -> hold.kill(broker));
  }
}
