// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.kernel.SimRandom;
import java.util.List;

/** One broker computes slowly. */
final class SlowShards implements FaultKind {
  private static final List<Long> PAUSES_MILLIS = List.of(1L, 10L, 50L, 200L);

  @Override
  public String name() {
    return "slow-shards";
  }

  @Override
  public String text() {
    return "turns of a broker's shards take much longer";
  }

  @Override
  public Span lasts() {
    return new Span(1_000, 20_000);
  }

  @Override
  public Fault draw(SimRandom random, FaultShape shape) {
    int broker = shape.one(random);
    long millis = random.pick(PAUSES_MILLIS);
    return Fault.of(
        "turns of " + FaultShape.text(broker) + " take " + millis + " ms more",
        hold -> hold.slowTurns(broker, millis));
  }
}
