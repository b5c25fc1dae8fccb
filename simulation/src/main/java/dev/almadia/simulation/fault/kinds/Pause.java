// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.kernel.SimRandom;

/** One process stands still. */
final class Pause implements FaultKind {
  @Override
  public String name() {
    return "pause";
  }

  @Override
  public String text() {
    return "a broker stands still, as by SIGSTOP";
  }

  @Override
  public Span lasts() {
    return new Span(100, 30_000);
  }

  @Override
  public Fault draw(SimRandom random, FaultShape shape) {
    int broker = shape.one(random);
    return Fault.of("pause " + FaultShape.text(broker), hold -> hold.pause(broker));
  }
}
