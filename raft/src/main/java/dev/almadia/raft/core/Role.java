// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

/** Role of a replica in its group. */
public enum Role {
  /** Follows a leader, or waits for one; votes. */
  FOLLOWER,
  /** Asks whether it would be elected, without touching any term. */
  PRE_CANDIDATE,
  /** Asks for votes in its own new term. */
  CANDIDATE,
  /** Leads. */
  LEADER,
  /** Follows and does not count in quorums. */
  LEARNER
}
