// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.peer;

import dev.almadia.raft.link.PeerInbox;

/**
 * Which streams with one peer are up: ours to it, and its two to us. Raft hears "connected" when
 * all are, and "disconnected" as soon as one is not. Any thread; the lock is held for the two calls
 * to the inbox, which never block, so that Raft hears them in the order in which they happened.
 */
final class PeerState {
  /** Streams that a peer can have with us. */
  enum Part {
    OUTBOUND,
    INBOUND_CONTROL,
    INBOUND_DATA
  }

  private static final int ALL = (1 << Part.values().length) - 1;

  private final int brokerId;
  private final PeerInbox inbox;
  private int up;
  // Read by any thread without the lock.
  private volatile boolean connected;

  PeerState(int brokerId, PeerInbox inbox) {
    this.brokerId = brokerId;
    this.inbox = inbox;
  }

  @SuppressWarnings("EnumOrdinal") // a bit in memory, never stored or sent
  synchronized void set(Part part, boolean isUp) {
    int bit = 1 << part.ordinal();
    up = isUp ? up | bit : up & ~bit;
    boolean now = up == ALL;
    if (now && !connected) {
      connected = true;
      inbox.connected(brokerId);
    } else if (!isUp && connected) {
      connected = false;
      inbox.disconnected(brokerId);
    }
  }

  boolean isConnected() {
    return connected;
  }
}
