// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Hold;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.fault.WayTrouble;
import dev.almadia.simulation.kernel.SimRandom;

/** What a leader alone still writes is replaced by others. */
final class OvertakenDisk implements FaultKind {
  @Override
  public String name() {
    return "overtaken-disk";
  }

  @Override
  public String text() {
    return "a leader with a slow disk is cut off, and comes back while it still writes";
  }

  @Override
  public Span lasts() {
    return new Span(3_000, 15_000);
  }

  @Override
  public boolean fits(FaultShape shape) {
    return shape.brokers() >= 2;
  }

  @Override
  public Fault draw(SimRandom random, FaultShape shape) {
    long slowMillis = random.between(200L, 2_000L);
    int cutPercent = random.between(40, 80);
    return Fault.of(
        "a leader with a disk that takes " + slowMillis + " ms is cut off",
        hold -> overtake(hold, slowMillis, cutPercent));
  }

  private static void overtake(Hold hold, long slowMillis, int cutPercent) {
    int broker = hold.someLeader();
    hold.slowDisk(broker, slowMillis);
    hold.shapeNetwork((from, to) -> from != broker && to != broker);
    hold.later(hold.leftMillis() * cutPercent / 100, () -> reconnect(hold, broker));
  }

  private static void reconnect(Hold hold, int broker) {
    for (int other : hold.shape().all()) {
      if (other != broker) {
        hold.troubleBoth(broker, other, WayTrouble.NONE);
      }
    }
  }
}
