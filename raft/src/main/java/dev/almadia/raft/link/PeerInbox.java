// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.link;

/** Where links bring what arrives. Called by transport threads; never blocks. */
public interface PeerInbox {
  /** A batch whose checksums were found right. Dropped if the mailbox is full. */
  void receive(int fromBroker, PeerBatch batch);

  /** Both streams to the broker are up. */
  void connected(int brokerId);

  /**
   * The broker's own streams to here closed, or ours to it: it died, stopped, or the network says
   * so. Called at once, not after a timeout.
   */
  void disconnected(int brokerId);
}
