// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history;

/** How a change ended, as its client knows it. */
public enum Outcome {
  /** It was done. */
  APPLIED,
  /** It was not done and never will be. */
  NOT_APPLIED,
  /** Nobody told: the client vanished, gave up, or got an error that leaves it open. */
  UNKNOWN
}
