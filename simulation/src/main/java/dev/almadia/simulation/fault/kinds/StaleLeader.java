// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Hold;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.kernel.SimRandom;

/** A leader misses that it was replaced, and clients reach it. */
final class StaleLeader implements FaultKind {
  @Override
  public String name() {
    return "stale-leader";
  }

  @Override
  public String text() {
    return "a leader stands still, and goes on before it hears of the others";
  }

  @Override
  public Span lasts() {
    return new Span(2_000, 10_000);
  }

  @Override
  public boolean fits(FaultShape shape) {
    return shape.brokers() >= 2;
  }

  @Override
  public Fault draw(SimRandom random, FaultShape shape) {
    int pausedPercent = random.between(40, 80);
    return Fault.of("a leader is left behind", hold -> leaveBehind(hold, pausedPercent));
  }

  private static void leaveBehind(Hold hold, int pausedPercent) {
    int broker = hold.someLeader();
    hold.shapeNetwork((from, to) -> from != broker && to != broker);
    hold.pause(broker);
    hold.later(hold.leftMillis() * pausedPercent / 100, () -> hold.resume(broker));
  }
}
