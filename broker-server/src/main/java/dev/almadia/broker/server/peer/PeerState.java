// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.peer;

import dev.almadia.raft.link.PeerInbox;
import java.util.EnumSet;
import java.util.Set;

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

  private final int brokerId;
  private final PeerInbox inbox;
  private final Set<Part> up = EnumSet.noneOf(Part.class);
  // Read by any thread without the lock.
  private volatile boolean connected;

  PeerState(int brokerId, PeerInbox inbox) {
    this.brokerId = brokerId;
    this.inbox = inbox;
  }

  synchronized void set(Part part, boolean isUp) {
    boolean changed = isUp ? up.add(part) : up.remove(part);
    if (changed && up.size() == Part.values().length) {
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
