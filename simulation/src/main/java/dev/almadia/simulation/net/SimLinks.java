// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.net;

import dev.almadia.broker.server.peer.PeerNetwork;
import dev.almadia.raft.link.Lane;
import dev.almadia.raft.link.PeerBatch;
import dev.almadia.raft.link.PeerInbox;
import dev.almadia.simulation.kernel.SimProcess;
import io.grpc.BindableService;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Raft's links over the simulated network, with the ways of the real ones: each broker has a
 * connection of its own to each other one, with a control and a data lane that do not wait for each
 * other; both must be up; a process that ends is noticed at once, silence after a keepalive. In its
 * process only.
 */
public final class SimLinks implements PeerNetwork {
  static final String PORT = "links";

  private final SimHost host;
  private final PeerInbox inbox;
  private final LinkOptions options;
  private final IntPredicate rules;
  private final Map<Integer, Peer> peers = new TreeMap<>();
  private boolean closed;

  /** All that is kept of a peer. */
  private static final class Peer {
    private final LinkState state;
    private final OutboundLink outbound;
    private @Nullable InboundLink inbound;

    Peer(SimLinks links, int brokerId) {
      state = new LinkState(brokerId, links.inbox);
      outbound = new OutboundLink(links, brokerId, state);
    }
  }

  /**
   * Links that bring what arrives to the inbox; nothing is connected yet.
   *
   * @param process must have been started on the network
   * @param rules which brokers may be peers now
   */
  public SimLinks(
      SimNetwork network,
      SimProcess process,
      PeerInbox inbox,
      LinkOptions options,
      IntPredicate rules) {
    this.host = network.hostOf(process);
    this.inbox = inbox;
    this.options = options;
    this.rules = rules;
    host.listen(
        PORT,
        socket -> {
          // Works until the socket ends; the socket keeps it.
          InboundLink unused = new InboundLink(this, socket);
        });
  }

  SimHost host() {
    return host;
  }

  LinkOptions options() {
    return options;
  }

  boolean mayLink(int brokerId) {
    return !closed && rules.test(brokerId);
  }

  void trace(String template, int brokerId) {
    host.network().trace().add(host.id(), template, brokerId);
  }

  void trace(String template, int brokerId, long number) {
    host.network().trace().add(host.id(), template, brokerId, number);
  }

  @Override
  public void connectTo(Collection<Integer> brokerIds) {
    for (int brokerId : brokerIds) {
      if (brokerId != host.id() && !closed) {
        Peer unused = peer(brokerId);
      }
    }
  }

  @Override
  public void recheck() {
    host.network().trace().add(host.id(), "links are rechecked");
    for (Map.Entry<Integer, Peer> entry : peers.entrySet()) {
      Peer peer = entry.getValue();
      if (mayLink(entry.getKey())) {
        peer.outbound.start();
      } else {
        peer.outbound.cut();
        InboundLink inbound = peer.inbound;
        if (inbound != null) {
          inbound.end();
        }
      }
    }
  }

  @Override
  public boolean send(int toBroker, Lane lane, PeerBatch batch) {
    Peer peer = peers.get(toBroker);
    boolean sent = peer != null && peer.outbound.send(lane, batch);
    trace(
        sent ? "frame to {} has {} messages" : "frame to {} is not sent",
        toBroker,
        batch.messages().size());
    return sent;
  }

  @Override
  public boolean isConnected(int brokerId) {
    Peer peer = peers.get(brokerId);
    return peer != null && peer.state.isConnected();
  }

  /** Nothing: these links need no service. */
  @Override
  public List<BindableService> services() {
    return List.of();
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    host.stopListening(PORT);
    for (Peer peer : peers.values()) {
      peer.outbound.close();
      InboundLink inbound = peer.inbound;
      if (inbound != null) {
        inbound.end();
      }
    }
  }

  /** A newer connection takes the place of an older one, whose end may not be noticed yet. */
  void inboundBegan(int brokerId, InboundLink link) {
    Peer peer = peer(brokerId);
    InboundLink older = peer.inbound;
    peer.inbound = link;
    if (older != null) {
      peer.state.inbound(false);
      older.end();
    }
    peer.state.inbound(true);
    peer.outbound.nudge();
  }

  void inboundEnded(int brokerId, InboundLink link) {
    Peer peer = peers.get(brokerId);
    if (peer != null && peer.inbound == link) {
      peer.inbound = null;
      trace("link of {} ended", brokerId);
      peer.state.inbound(false);
    }
  }

  /** Returns false if the frame was damaged. */
  boolean receive(int from, Frame frame) {
    if (closed) {
      return true;
    }
    Way way = host.network().way(from, host.id());
    double flips = way.state().flips();
    List<PeerBatch> batches = List.of(frame.batch());
    if (flips > 0 && way.random.chance(flips)) {
      List<PeerBatch> undetected = Frame.damaged(from, host.id(), frame.batch(), way.random);
      if (undetected == null) {
        trace("frame of {} is damaged", from);
        return false;
      }
      // The checksums must find every flip: Raft gets what they let through, and will show it.
      trace("frame of {} is damaged unnoticed", from);
      batches = undetected;
    } else if (options.codecShare() > 0 && way.random.chance(options.codecShare())) {
      batches = Frame.throughCodec(from, host.id(), frame.batch());
    }
    trace("frame of {} has {} messages", from, frame.batch().messages().size());
    for (PeerBatch batch : batches) {
      inbox.receive(from, batch);
    }
    return true;
  }

  private Peer peer(int brokerId) {
    Peer known = peers.get(brokerId);
    if (known != null) {
      return known;
    }
    Peer made = new Peer(this, brokerId);
    peers.put(brokerId, made);
    made.outbound.start();
    return made;
  }
}
