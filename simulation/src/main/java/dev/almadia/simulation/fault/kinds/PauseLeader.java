// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.kernel.SimRandom;

/** A process stands still that leads. */
final class PauseLeader implements FaultKind {
  @Override
  public String name() {
    return "pause-leader";
  }

  @Override
  public String text() {
    return "the leader of some group stands still";
  }

  @Override
  public Span lasts() {
    return new Span(100, 15_000);
  }

  @Override
  public Fault draw(SimRandom random, FaultShape shape) {
    return Fault.of("pause a leader", hold -> hold.pause(hold.someLeader()));
  }
}
