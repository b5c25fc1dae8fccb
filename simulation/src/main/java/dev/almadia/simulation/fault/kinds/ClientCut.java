// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Hold;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.fault.WayTrouble;
import dev.almadia.simulation.kernel.SimRandom;

/** One client loses one broker. */
final class ClientCut implements FaultKind {
  @Override
  public String name() {
    return "client-cut";
  }

  @Override
  public String text() {
    return "a client and a broker hear each other no more, or only one way";
  }

  @Override
  public Span lasts() {
    return new Span(200, 15_000);
  }

  @Override
  public boolean fits(FaultShape shape) {
    return shape.clients() > 0;
  }

  @Override
  public Fault draw(SimRandom random, FaultShape shape) {
    int client = random.pick(shape.allClients());
    int broker = shape.one(random);
    boolean oneWay = random.chance(0.5);
    return Fault.of(
        FaultShape.text(client)
            + " and "
            + FaultShape.text(broker)
            + (oneWay ? ": answers do not arrive" : " do not hear each other"),
        hold -> cut(hold, client, broker, oneWay));
  }

  private static void cut(Hold hold, int client, int broker, boolean oneWay) {
    hold.trouble(broker, client, WayTrouble.CUT);
    if (!oneWay) {
      hold.trouble(client, broker, WayTrouble.CUT);
    }
  }
}
