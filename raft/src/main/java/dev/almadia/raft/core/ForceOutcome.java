// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

/** What {@link RaftCore#forceConfig} says. */
public enum ForceOutcome {
  /** It leads as soon as its own vote is durable. */
  ACCEPTED,
  /** It leads already, so there was a quorum a moment ago. */
  LEADS,
  /** It heard a leader within an election timeout, so there may be a quorum. */
  HAS_LEADER,
  /** It has never heard its group's leader: it has no log to go on with. */
  KNOWS_NO_MEMBERS,
  /** The voters are not itself and other members of the configuration that it has. */
  NOT_MEMBERS
}
