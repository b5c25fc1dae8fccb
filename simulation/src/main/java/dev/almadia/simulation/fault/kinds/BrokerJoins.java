// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Hold;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.kernel.SimRandom;

/** A broker that was not there joins the running cluster, and stays. */
final class BrokerJoins implements FaultKind {
  @Override
  public String name() {
    return "broker-joins";
  }

  @Override
  public String text() {
    return "a broker joins on a machine that had none";
  }

  @Override
  public Span lasts() {
    return new Span(100, 2_000);
  }

  @Override
  public boolean changesMembers() {
    return true;
  }

  @Override
  public Fault draw(SimRandom random, FaultShape shape) {
    return Fault.of("a broker joins", Hold::join);
  }
}
