// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.Fault;
import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.fault.Hold;
import dev.almadia.simulation.fault.Span;
import dev.almadia.simulation.kernel.SimRandom;

/** Some of what one disk holds is damaged. */
final class BitFlip implements FaultKind {
  private static final int FLIPS_MAX = 4;

  @Override
  public String name() {
    return "bit-flip";
  }

  @Override
  public String text() {
    return "bits flip in stored entries of a broker; the others have them whole";
  }

  @Override
  public Span lasts() {
    return new Span(1, 1);
  }

  @Override
  public boolean fits(FaultShape shape) {
    return !shape.victims().isEmpty();
  }

  @Override
  public Fault draw(SimRandom random, FaultShape shape) {
    int broker = random.pick(shape.victims());
    int flips = random.between(1, FLIPS_MAX);
    return Fault.of(
        flips + " bits flip on the disk of " + FaultShape.text(broker),
        hold -> flip(hold, broker, flips));
  }

  private static void flip(Hold hold, int broker, int flips) {
    for (int i = 0; i < flips && hold.flipBit(broker); i++) {
      // The disk chooses where.
    }
  }
}
