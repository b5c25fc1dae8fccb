// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault;

/**
 * How much goes wrong; each seed draws its own within these.
 *
 * @param kindsMax a seed has from one to so many kinds of fault
 * @param perMinuteMin faults per minute at least; 0 with no maximum: none
 * @param perMinuteMax faults per minute at most
 * @param atElections each fault waits from its time on for some group to get another leader
 */
public record Intensity(int kindsMax, int perMinuteMin, int perMinuteMax, boolean atElections) {
  /** A few kinds, from now and then to nearly always. */
  public static final Intensity USUAL = new Intensity(6, 2, 40, false);

  /** Nothing goes wrong. */
  public static final Intensity NONE = new Intensity(0, 0, 0, false);
}
