// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

/** What came of {@link RaftGroups#forceConfig}. */
public enum ForceResult {
  /** The configuration is committed; the replica leads, and serves. */
  FORCED,
  /** Refused: this replica leads, so there was a quorum a moment ago. */
  LEADS,
  /** Refused: this replica heard a leader a moment ago, so there may be a quorum. */
  HAS_LEADER,
  /** Refused: this replica has never heard its group's leader, and has no log to go on with. */
  KNOWS_NO_MEMBERS,
  /** Refused: the voters are not this replica and other members that it knows of. */
  NOT_MEMBERS,
  /** Refused: the group does not run on this broker, or no more. */
  NO_SUCH_GROUP,
  /**
   * It lost its leadership before the configuration was committed: the other voters did not answer,
   * or another term is known. It may be in its log, and in force here.
   */
  NOT_COMMITTED
}
