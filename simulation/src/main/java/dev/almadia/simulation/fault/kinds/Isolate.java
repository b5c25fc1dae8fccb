// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Hold;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.fault.WayTrouble;
import dev.almadia.simulation.kernel.SimRandom;

/** One broker is cut off. */
final class Isolate implements FaultKind {
  @Override
  public String name() {
    return "isolate";
  }

  @Override
  public String text() {
    return "a broker neither hears others nor is heard";
  }

  @Override
  public Span lasts() {
    return new Span(200, 20_000);
  }

  @Override
  public boolean fits(FaultShape shape) {
    return shape.brokers() >= 2;
  }

  @Override
  public Fault draw(SimRandom random, FaultShape shape) {
    Target target = Target.draw(random, shape);
    boolean withClients = random.chance(0.3);
    return Fault.of(
        "isolate " + target.text() + (withClients ? ", also from clients" : ""),
        hold -> isolate(hold, target.choose(hold), withClients));
  }

  private static void isolate(Hold hold, int broker, boolean withClients) {
    hold.shapeNetwork((from, to) -> from != broker && to != broker);
    if (withClients) {
      hold.shape().allClients().forEach(client -> hold.troubleBoth(client, broker, WayTrouble.CUT));
    }
  }
}
