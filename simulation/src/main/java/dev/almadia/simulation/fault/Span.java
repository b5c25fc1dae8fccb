// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault;

import dev.almadia.simulation.kernel.SimRandom;

/**
 * A range of durations. Short ones are as likely as long ones: each doubling has the same share.
 *
 * @param minMillis at least 1
 * @param maxMillis not below the minimum
 */
public record Span(long minMillis, long maxMillis) {
  private static final long NANOS_PER_MILLI = 1_000_000;

  /** Checks. */
  public Span {
    if (minMillis < 1 || maxMillis < minMillis) {
      throw new IllegalArgumentException("from " + minMillis + " to " + maxMillis + " ms");
    }
  }

  /** One of the durations, in whole milliseconds. */
  public long drawNanos(SimRandom random) {
    return draw(random, minMillis, maxMillis) * NANOS_PER_MILLI;
  }

  /** A number of a range, both ends included; each doubling has about the same share. */
  static long draw(SimRandom random, long min, long max) {
    int doublings = 1;
    for (long low = min; low * 2 <= max; low *= 2) {
      doublings++;
    }
    long low = min << random.below(doublings);
    return random.between(low, Math.min(max, low * 2));
  }
}
