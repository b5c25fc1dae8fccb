// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

/** Answer to a request for a linearizable read. Called on the shard thread; must not block. */
public interface ReadCallback {
  /**
   * Everything acknowledged before the request is applied in this view.
   *
   * @param view the group, with commitIndex and highWatermark that cover it
   */
  void onReady(GroupView view);

  /** This replica cannot confirm that it leads; nothing was read. */
  void onFailed(ProposalFailure failure);
}
