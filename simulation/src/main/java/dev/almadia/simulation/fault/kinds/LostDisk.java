// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.kernel.SimRandom;

/**
 * One disk is lost with all that it held, and the broker starts on an empty one as if the cluster
 * were to be formed: the others refuse it, so it is out for ever. How one comes back is {@link
 * DiskLostAndBack}.
 *
 * <p>A process that has just started takes its peers for what they say until it has read the
 * metadata: for that while it would let the empty broker vote. So this kind is never in one plan
 * with kinds that restart brokers, and is not in the mix.
 */
final class LostDisk implements FaultKind {
  @Override
  public String name() {
    return "lost-disk";
  }

  @Override
  public String text() {
    return "a disk is replaced by an empty one; the others refuse the broker";
  }

  @Override
  public Span lasts() {
    return new Span(500, 20_000);
  }

  @Override
  public boolean fits(FaultShape shape) {
    return !shape.victims().isEmpty();
  }

  @Override
  public boolean needsLastingProcesses() {
    return true;
  }

  @Override
  public boolean losesUnsynced() {
    return true;
  }

  @Override
  public Fault draw(SimRandom random, FaultShape shape) {
    int broker = random.pick(shape.victims());
    return Fault.of(
        "disk of " + FaultShape.text(broker) + " is lost", hold -> hold.loseDisk(broker));
  }
}
