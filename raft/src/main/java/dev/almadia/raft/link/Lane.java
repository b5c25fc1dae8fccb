// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.link;

/** Which of the two streams to a peer: data must never delay beats and votes (bug class 27). */
public enum Lane {
  /** Votes, heartbeats, all answers, leaderships. */
  CONTROL,
  /** Append requests. */
  DATA
}
