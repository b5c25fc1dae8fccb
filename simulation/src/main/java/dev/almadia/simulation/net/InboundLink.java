// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.net;

/** A peer's own connection to here, from its hello on. */
final class InboundLink {
  private static final int NOBODY = 0;

  private final SimLinks links;
  private final SimSocket socket;
  private int brokerId = NOBODY;

  InboundLink(SimLinks links, SimSocket socket) {
    this.links = links;
    this.socket = socket;
    socket.serve(this, why -> leave());
  }

  /** The peer says who it is. */
  void hello(int from, OutboundLink.Attempt attempt) {
    if (!links.mayLink(from)) {
      socket.close();
      return;
    }
    brokerId = from;
    links.inboundBegan(from, this);
    socket.send(attempt::answered);
  }

  void receive(Frame frame) {
    if (brokerId != NOBODY && !links.receive(brokerId, frame)) {
      // What follows a damaged frame on the same connection is not to be trusted.
      end();
    }
  }

  /** A frame that arrived before arrives again. */
  void ghost(int from, Frame frame) {
    links.trace("frame of {} arrives again", from);
    boolean unused = links.receive(from, frame);
  }

  /** Ends it from this side. */
  void end() {
    socket.close();
    leave();
  }

  private void leave() {
    if (brokerId != NOBODY) {
      links.inboundEnded(brokerId, this);
      brokerId = NOBODY;
    }
  }
}
