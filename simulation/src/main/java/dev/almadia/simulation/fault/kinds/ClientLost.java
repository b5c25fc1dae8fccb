// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.fault.WayTrouble;
import dev.almadia.simulation.kernel.SimRandom;

/** One client loses all brokers. */
final class ClientLost implements FaultKind {
  @Override
  public String name() {
    return "client-lost";
  }

  @Override
  public String text() {
    return "a client and all brokers hear each other no more";
  }

  @Override
  public Span lasts() {
    return new Span(200, 8_000);
  }

  @Override
  public boolean fits(FaultShape shape) {
    return shape.clients() > 0;
  }

  @Override
  public Fault draw(SimRandom random, FaultShape shape) {
    int client = random.pick(shape.allClients());
    return Fault.of(
        FaultShape.text(client) + " is cut off from all",
        hold -> shape.all().forEach(broker -> hold.troubleBoth(client, broker, WayTrouble.CUT)));
  }
}
