// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

/** What is known of a write (guarantee G7). Reads always say {@link #NOT_APPLIED}. */
public enum Outcome {
  /** In the log, as durable as the acknowledgement says. */
  APPLIED,
  /** Certainly not in the log, now or later. Never wrong. */
  NOT_APPLIED,
  /** May be in the log, or get there later. */
  UNKNOWN
}
