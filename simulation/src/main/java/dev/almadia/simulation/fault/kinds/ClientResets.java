// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Hold;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.kernel.SimRandom;

/** Clients do not learn what became of their calls. */
final class ClientResets implements FaultKind {
  private static final int EVERY_MILLIS_MAX = 2_000;

  @Override
  public String name() {
    return "client-resets";
  }

  @Override
  public String text() {
    return "connections of all clients to a broker are reset";
  }

  @Override
  public Span lasts() {
    return new Span(500, 10_000);
  }

  @Override
  public boolean fits(FaultShape shape) {
    return shape.clients() > 0;
  }

  @Override
  public Fault draw(SimRandom random, FaultShape shape) {
    int broker = shape.one(random);
    return Fault.of("reset clients of " + FaultShape.text(broker), hold -> reset(hold, broker));
  }

  private static void reset(Hold hold, int broker) {
    hold.shape().allClients().forEach(client -> hold.reset(client, broker));
    hold.later(hold.random().between(1, EVERY_MILLIS_MAX), () -> reset(hold, broker));
  }
}
