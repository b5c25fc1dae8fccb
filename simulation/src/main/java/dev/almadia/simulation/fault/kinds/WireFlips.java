// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.fault.WayTrouble;
import dev.almadia.simulation.kernel.SimRandom;
import java.util.List;

/** A network that changes bytes. */
final class WireFlips implements FaultKind {
  private static final List<Double> SHARES = List.of(0.001, 0.01, 0.1);

  @Override
  public String name() {
    return "wire-flips";
  }

  @Override
  public String text() {
    return "bits flip in some of what brokers send each other";
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
    return Fault.of("share changed " + share, hold -> hold.troubleAll(WayTrouble.flips(share)));
  }
}
