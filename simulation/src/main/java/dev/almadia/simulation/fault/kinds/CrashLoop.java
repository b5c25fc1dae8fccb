// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Hold;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.kernel.SimRandom;
import java.util.List;

/** A process dies in its recovery, again and again. */
final class CrashLoop implements FaultKind {
  private static final List<Integer> LIVES_MILLIS_MAX = List.of(1, 10, 200, 2_000);
  private static final int DOWN_MILLIS_MAX = 300;

  @Override
  public String name() {
    return "crash-loop";
  }

  @Override
  public String text() {
    return "a broker is killed again and again right after its start";
  }

  @Override
  public Span lasts() {
    return new Span(500, 15_000);
  }

  @Override
  public boolean restartsBrokers() {
    return true;
  }

  @Override
  public Fault draw(SimRandom random, FaultShape shape) {
    int broker = shape.one(random);
    int lifeMillisMax = random.pick(LIVES_MILLIS_MAX);
    return Fault.of(
        "kill " + FaultShape.text(broker) + " within " + lifeMillisMax + " ms of each start",
        hold -> turn(hold, broker, lifeMillisMax));
  }

  private static void turn(Hold hold, int broker, int lifeMillisMax) {
    hold.kill(broker);
    hold.later(
        hold.random().between(1, DOWN_MILLIS_MAX),
        () -> {
          hold.letStart(broker);
          hold.later(
              hold.random().between(0, lifeMillisMax), () -> turn(hold, broker, lifeMillisMax));
        });
  }
}
