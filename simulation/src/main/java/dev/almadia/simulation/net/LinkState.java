// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.net;

import dev.almadia.raft.link.PeerInbox;

/** Raft hears "connected" when both directions are up, "disconnected" when one no longer is. */
final class LinkState {
  private final int brokerId;
  private final PeerInbox inbox;
  private boolean outboundUp;
  private boolean inboundUp;
  private boolean connected;

  LinkState(int brokerId, PeerInbox inbox) {
    this.brokerId = brokerId;
    this.inbox = inbox;
  }

  void outbound(boolean isUp) {
    outboundUp = isUp;
    changed();
  }

  void inbound(boolean isUp) {
    inboundUp = isUp;
    changed();
  }

  boolean isConnected() {
    return connected;
  }

  private void changed() {
    boolean now = outboundUp && inboundUp;
    if (now == connected) {
      return;
    }
    connected = now;
    if (now) {
      inbox.connected(brokerId);
    } else {
      inbox.disconnected(brokerId);
    }
  }
}
