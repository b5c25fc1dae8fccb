// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.kernel.SimRandom;

/** One sync fails. */
final class SyncFails implements FaultKind {
  @Override
  public String name() {
    return "sync-fails";
  }

  @Override
  public String text() {
    return "a sync of a disk fails; the broker stops itself and starts again later";
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
  public boolean losesUnsynced() {
    return true;
  }

  @Override
  public Fault draw(SimRandom random, FaultShape shape) {
    int broker = shape.one(random);
    return Fault.of(
        "a sync of " + FaultShape.text(broker) + " fails", hold -> hold.failSync(broker));
  }
}
