// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.fault.WayTrouble;
import dev.almadia.simulation.kernel.SimRandom;
import java.util.List;

/** One link is slow. */
final class SlowLink implements FaultKind {
  private static final List<Long> DELAYS_MILLIS = List.of(60L, 200L, 700L, 2_000L);
  private static final long NANOS_PER_MILLI = 1_000_000;

  @Override
  public String name() {
    return "slow-link";
  }

  @Override
  public String text() {
    return "messages between two brokers take up to seconds";
  }

  @Override
  public Span lasts() {
    return new Span(1_000, 20_000);
  }

  @Override
  public boolean fits(FaultShape shape) {
    return shape.brokers() >= 2;
  }

  @Override
  public Fault draw(SimRandom random, FaultShape shape) {
    List<Integer> two = shape.two(random);
    long millis = random.pick(DELAYS_MILLIS);
    return Fault.of(
        FaultShape.text(two) + " are " + millis + " ms apart",
        hold ->
            hold.troubleBoth(
                two.get(0),
                two.get(1),
                WayTrouble.slow(millis * NANOS_PER_MILLI, millis * NANOS_PER_MILLI / 2)));
  }
}
