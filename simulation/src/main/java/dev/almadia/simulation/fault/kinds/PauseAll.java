// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.kernel.SimRandom;

/** All processes stand still. */
final class PauseAll implements FaultKind {
  @Override
  public String name() {
    return "pause-all";
  }

  @Override
  public String text() {
    return "all brokers stand still for a moment";
  }

  @Override
  public Span lasts() {
    return new Span(50, 3_000);
  }

  @Override
  public Fault draw(SimRandom random, FaultShape shape) {
    return Fault.of("pause all", hold -> shape.all().forEach(hold::pause));
  }
}
