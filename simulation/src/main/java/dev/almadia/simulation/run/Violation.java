// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.run;

/**
 * A broken promise.
 *
 * @param guarantee its number, such as {@code G1}
 * @param rule what was checked, in a few words that are the same for every such violation, such as
 *     {@code one leader per term}
 * @param text what was seen; one line
 * @param atNanos when, in virtual time
 */
public record Violation(String guarantee, String rule, String text, long atNanos) {
  /** Whether the same promise is broken in the same way, be it elsewhere or at another time. */
  public boolean isSameAs(Violation other) {
    return guarantee.equals(other.guarantee) && rule.equals(other.rule);
  }
}
