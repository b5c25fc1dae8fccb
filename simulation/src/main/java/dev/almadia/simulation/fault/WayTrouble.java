// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault;

import dev.almadia.simulation.net.SimNetwork;

/**
 * What is wrong with one direction between two hosts. Immutable.
 *
 * @param cut nothing arrives
 * @param minNanos everything takes at least so long; 0 with no jitter: as ever
 * @param jitterNanos and so much more on average
 * @param clogs share that finds the way standing still
 * @param clogNanosMax for so long at most
 * @param loss share that is lost
 * @param duplicates share of datagrams that arrive twice
 * @param reorder share of datagrams that others overtake
 * @param flips share of frames of which a bit flips
 */
public record WayTrouble(
    boolean cut,
    long minNanos,
    long jitterNanos,
    double clogs,
    long clogNanosMax,
    double loss,
    double duplicates,
    double reorder,
    double flips) {
  /** Nothing is wrong. */
  public static final WayTrouble NONE = new WayTrouble(false, 0, 0, 0, 0, 0, 0, 0, 0);

  /** Nothing arrives. */
  public static final WayTrouble CUT = new WayTrouble(true, 0, 0, 0, 0, 0, 0, 0, 0);

  /** It takes longer. */
  public static WayTrouble slow(long minNanos, long jitterNanos) {
    return new WayTrouble(false, minNanos, jitterNanos, 0, 0, 0, 0, 0, 0);
  }

  /** It stands still again and again. */
  public static WayTrouble clogs(double share, long nanosMax) {
    return new WayTrouble(false, 0, 0, share, nanosMax, 0, 0, 0, 0);
  }

  /** Some is lost. */
  public static WayTrouble loss(double share) {
    return new WayTrouble(false, 0, 0, 0, 0, share, 0, 0, 0);
  }

  /** Some arrives twice. */
  public static WayTrouble duplicates(double share) {
    return new WayTrouble(false, 0, 0, 0, 0, 0, share, 0, 0);
  }

  /** Some is overtaken. */
  public static WayTrouble reorder(double share) {
    return new WayTrouble(false, 0, 0, 0, 0, 0, 0, share, 0);
  }

  /** Some bits flip. */
  public static WayTrouble flips(double share) {
    return new WayTrouble(false, 0, 0, 0, 0, 0, 0, 0, share);
  }

  /** Both at once: the worst of each. */
  public WayTrouble and(WayTrouble other) {
    return new WayTrouble(
        cut || other.cut,
        Math.max(minNanos, other.minNanos),
        Math.max(jitterNanos, other.jitterNanos),
        Math.max(clogs, other.clogs),
        Math.max(clogNanosMax, other.clogNanosMax),
        Math.max(loss, other.loss),
        Math.max(duplicates, other.duplicates),
        Math.max(reorder, other.reorder),
        Math.max(flips, other.flips));
  }

  private WayTrouble withoutCut() {
    return new WayTrouble(
        false, minNanos, jitterNanos, clogs, clogNanosMax, loss, duplicates, reorder, flips);
  }

  /** Makes a way be so that was in another state. */
  void replace(WayTrouble before, SimNetwork network, int from, int to) {
    if (!withoutCut().equals(before.withoutCut())) {
      network.calm(from, to);
      apply(network, from, to);
    }
    if (cut) {
      network.cut(from, to);
    } else {
      network.open(from, to);
    }
  }

  private void apply(SimNetwork network, int from, int to) {
    if (minNanos > 0 || jitterNanos > 0) {
      network.delay(from, to, minNanos, jitterNanos);
    }
    if (clogs > 0) {
      network.clogs(from, to, clogs, clogNanosMax);
    }
    if (loss > 0) {
      network.loss(from, to, loss);
    }
    if (duplicates > 0) {
      network.duplicates(from, to, duplicates);
    }
    if (reorder > 0) {
      network.reorder(from, to, reorder);
    }
    if (flips > 0) {
      network.flips(from, to, flips);
    }
  }
}
