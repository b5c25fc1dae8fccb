// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.runtime;

import dev.almadia.raft.link.PeerBatch;
import dev.almadia.raft.link.PeerInbox;
import org.jspecify.annotations.Nullable;

/**
 * Passes on to Raft what links bring. Needed because each of the two is made with the other. Any
 * thread; before {@link #bind} everything is dropped, which Raft bears.
 */
final class InboxRelay implements PeerInbox {
  private final PeerChannels channels;
  // Set once, before the ports open.
  private volatile @Nullable PeerInbox target;

  InboxRelay(PeerChannels channels) {
    this.channels = channels;
  }

  void bind(PeerInbox inbox) {
    target = inbox;
  }

  @Override
  public void receive(int fromBroker, PeerBatch batch) {
    PeerInbox inbox = target;
    if (inbox != null) {
      inbox.receive(fromBroker, batch);
    }
  }

  @Override
  public void connected(int brokerId) {
    channels.reachable(brokerId);
    PeerInbox inbox = target;
    if (inbox != null) {
      inbox.connected(brokerId);
    }
  }

  @Override
  public void disconnected(int brokerId) {
    PeerInbox inbox = target;
    if (inbox != null) {
      inbox.disconnected(brokerId);
    }
  }
}
