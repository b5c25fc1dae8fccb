// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.link;

/** The way to other brokers. */
public interface PeerLinks {
  /**
   * Sends, or drops; never blocks. Messages of one lane arrive in order or not at all; lanes
   * overtake each other. Any thread.
   *
   * @return false if it was dropped: the peer is not connected, or its queue (bounded in bytes) is
   *     full
   */
  boolean send(int toBroker, Lane lane, PeerBatch batch);
}
