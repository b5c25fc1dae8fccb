// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history.check;

/** Judges one rule, or a few that look at the same things. Stateless, O(n log n) at most. */
interface Checker {
  /** Adds what is wrong. The evidence stays as it is. */
  void check(Evidence evidence, Findings findings);
}
