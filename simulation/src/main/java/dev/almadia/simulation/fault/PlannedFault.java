// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault;

import java.util.Locale;

/**
 * A fault of a plan.
 *
 * @param number its place in the plan, from 0
 * @param atNanos when it begins, from the start of the plan
 * @param lastsNanos how long it lasts
 * @param kind name of its kind
 * @param fault what happens
 */
public record PlannedFault(int number, long atNanos, long lastsNanos, String kind, Fault fault) {
  private static final double NANOS_PER_SECOND = 1e9;

  /** One line for people. */
  public String line() {
    return String.format(
        Locale.ROOT,
        "%7.3f s for %6.3f s  %-17s %s",
        seconds(atNanos),
        seconds(lastsNanos),
        kind,
        fault.text());
  }

  private static double seconds(long nanos) {
    return nanos / NANOS_PER_SECOND;
  }
}
