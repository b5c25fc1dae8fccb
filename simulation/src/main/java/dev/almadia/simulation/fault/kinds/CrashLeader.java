// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.kernel.SimRandom;

/** A process dies that leads. */
final class CrashLeader implements FaultKind {
  @Override
  public String name() {
    return "crash-leader";
  }

  @Override
  public String text() {
    return "the leader of some group is killed";
  }

  @Override
  public Span lasts() {
    return new Span(50, 10_000);
  }

  @Override
  public boolean restartsBrokers() {
    return true;
  }

  @Override
  public Fault draw(SimRandom random, FaultShape shape) {
    return Fault.of("kill a leader", hold -> hold.kill(hold.someLeader()));
  }
}
