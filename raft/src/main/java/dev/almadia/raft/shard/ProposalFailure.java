// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

/** Why a proposal failed. */
public enum ProposalFailure {
  /** This replica does not lead. Certainly not in the log. */
  NOT_LEADER,
  /** It leads, but has not committed in its own term yet, or hands over. Not in the log. */
  NOT_READY,
  /** Too much is uncommitted or queued. Not in the log. */
  OVERLOADED,
  /** The group is not on this broker (any more). Not in the log. */
  NO_SUCH_GROUP,
  /** The broker stops. Not in the log. */
  STOPPING,
  /** Appended, and then leadership was lost: it may be committed by another leader, or never. */
  OUTCOME_UNKNOWN
}
