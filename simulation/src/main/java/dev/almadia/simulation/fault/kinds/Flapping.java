// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Hold;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.fault.WayTrouble;
import dev.almadia.simulation.kernel.SimRandom;
import java.util.List;

/** A link that comes and goes. */
final class Flapping implements FaultKind {
  private static final List<Integer> TURNS_MILLIS_MAX = List.of(20, 200, 2_000);

  @Override
  public String name() {
    return "flapping";
  }

  @Override
  public String text() {
    return "a link is cut and opened again and again";
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
    int millisMax = random.pick(TURNS_MILLIS_MAX);
    return Fault.of(
        FaultShape.text(two) + " hear each other for at most " + millisMax + " ms",
        hold -> cut(hold, two, millisMax));
  }

  private static void cut(Hold hold, List<Integer> two, int millisMax) {
    hold.troubleBoth(two.get(0), two.get(1), WayTrouble.CUT);
    hold.later(
        hold.random().between(1, millisMax),
        () -> {
          hold.troubleBoth(two.get(0), two.get(1), WayTrouble.NONE);
          hold.later(hold.random().between(1, millisMax), () -> cut(hold, two, millisMax));
        });
  }
}
