// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.kernel.SimRandom;
import java.util.List;

/** Several machines lose power. */
final class PowerSome implements FaultKind {
  @Override
  public String name() {
    return "power-some";
  }

  @Override
  public String text() {
    return "several machines lose power at once";
  }

  @Override
  public Span lasts() {
    return new Span(200, 5_000);
  }

  @Override
  public boolean fits(FaultShape shape) {
    return shape.brokers() >= 2;
  }

  @Override
  public boolean restartsBrokers() {
    return true;
  }

  @Override
  public boolean losesUnsynced() {
    return true;
  }

  @Override
  public Fault draw(SimRandom random, FaultShape shape) {
    List<Integer> some = shape.some(random, random.between(2, shape.brokers()));
    return Fault.of("power loss " + FaultShape.text(some), hold -> some.forEach(hold::losePower));
  }
}
