// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.kernel.SimRandom;

/** A broker is decommissioned and taken away; its machine may get another one later. */
final class DecommissionForGood implements FaultKind {
  @Override
  public String name() {
    return "decommission-for-good";
  }

  @Override
  public String text() {
    return "a broker is decommissioned, and taken away when it is forgotten";
  }

  @Override
  public Span lasts() {
    return new Span(100, 5_000);
  }

  @Override
  public boolean changesMembers() {
    return true;
  }

  @Override
  public Fault draw(SimRandom random, FaultShape shape) {
    Target target = Target.draw(random, shape);
    return Fault.of(
        "decommission " + target.text(), hold -> hold.decommission(target.choose(hold)));
  }
}
