// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.kernel.SimRandom;

/** A disk is replaced by an empty one, and the broker comes back and is filled again. */
final class DiskLostAndBack implements FaultKind {
  @Override
  public String name() {
    return "disk-lost-and-back";
  }

  @Override
  public String text() {
    return "a disk is lost; its broker comes back empty and is filled again";
  }

  @Override
  public Span lasts() {
    return new Span(100, 10_000);
  }

  @Override
  public boolean changesMembers() {
    return true;
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
    Target target = Target.draw(random, shape);
    return Fault.of(
        "disk of " + target.text() + " is lost", hold -> hold.replaceDisk(target.choose(hold)));
  }
}
