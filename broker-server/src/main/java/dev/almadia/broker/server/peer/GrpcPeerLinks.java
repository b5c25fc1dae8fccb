// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.peer;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.server.config.Endpoint;
import dev.almadia.broker.server.grpc.Statuses;
import dev.almadia.internal.v1.PeerFrame;
import dev.almadia.internal.v1.PeerHello;
import dev.almadia.raft.link.Lane;
import dev.almadia.raft.link.PeerBatch;
import dev.almadia.raft.link.PeerInbox;
import io.grpc.BindableService;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Links to all other brokers: each opens a control and a data stream to each other one, so a pair
 * has four. Streams carry one way; answers travel on the receiver's own streams. Any thread.
 */
public final class GrpcPeerLinks implements PeerNetwork {
  private static final Logger LOG = LoggerFactory.getLogger(GrpcPeerLinks.class);

  private final PeerWorld world;
  private final PeerInbox inbox;
  private final MeterRegistry meters;
  private final Function<Endpoint, ManagedChannel> channels;
  private final Map<Integer, Peer> peers = new ConcurrentHashMap<>();
  private final Map<Integer, String> lastRefusals = new ConcurrentHashMap<>();
  private final Counter sentFrames;
  private final Counter sentBytes;
  private final Counter droppedBatches;
  private final Counter receivedFrames;
  private final Counter damagedFrames;
  // Set once, read by any thread: no peer is added afterwards.
  private volatile boolean closed;

  /** All that is kept of a peer. */
  private static final class Peer {
    private final PeerState state;
    private final OutboundPeer outbound;
    private final SentFrames sent = new SentFrames();
    // Sorted: the order in which streams end must not depend on hashes of enums, which are by
    // chance.
    private final Map<PeerState.Part, PeerServer.InboundStream> inbound =
        new ConcurrentSkipListMap<>();

    Peer(GrpcPeerLinks links, int brokerId) {
      state = new PeerState(brokerId, links.inbox);
      outbound = new OutboundPeer(brokerId, links.world, state, links.channels);
    }
  }

  /** Links that bring what arrives to the inbox; nothing is connected yet. */
  public GrpcPeerLinks(PeerWorld world, PeerInbox inbox, MeterRegistry meters) {
    this(world, inbox, meters, OutboundPeer::nettyChannel);
  }

  /**
   * The same over another network.
   *
   * @param channels makes a new channel to an address; it is shut down with its link
   */
  public GrpcPeerLinks(
      PeerWorld world,
      PeerInbox inbox,
      MeterRegistry meters,
      Function<Endpoint, ManagedChannel> channels) {
    this.world = world;
    this.channels = channels;
    this.inbox = inbox;
    this.meters = meters;
    sentFrames = meters.counter("almadia.peer.sent.frames");
    sentBytes = meters.counter("almadia.peer.sent.bytes");
    droppedBatches = meters.counter("almadia.peer.dropped.batches");
    receivedFrames = meters.counter("almadia.peer.received.frames");
    damagedFrames = meters.counter("almadia.peer.damaged.frames");
  }

  @Override
  public List<BindableService> services() {
    return List.of(new PeerServer(this));
  }

  @Override
  public void connectTo(Collection<Integer> brokerIds) {
    for (int brokerId : brokerIds) {
      if (brokerId != world.self() && !closed) {
        Peer ignored = peer(brokerId);
      }
    }
  }

  @Override
  public void recheck() {
    for (Peer peer : peers.values()) {
      peer.outbound.recheck();
      for (PeerServer.InboundStream stream : peer.inbound.values()) {
        PeerHello hello = stream.hello();
        BrokerError refusal = hello == null ? null : rules().refusalOf(hello);
        if (hello != null && refusal != null) {
          refused(hello.getBrokerId(), refusal);
          stream.end(Statuses.toException(refusal).getStatus());
        }
      }
    }
  }

  @Override
  public boolean send(int toBroker, Lane lane, PeerBatch batch) {
    Peer peer = peers.get(toBroker);
    if (peer == null) {
      return false;
    }
    List<PeerFrame> frames =
        lane == Lane.CONTROL ? peer.sent.encode(batch) : PeerFrameCodec.encode(batch);
    long bytes = 0;
    for (PeerFrame frame : frames) {
      bytes += frame.getSerializedSize();
    }
    if (!peer.outbound.send(lane, frames, bytes)) {
      droppedBatches.increment();
      return false;
    }
    sentFrames.increment(frames.size());
    sentBytes.increment((double) bytes);
    return true;
  }

  @Override
  public boolean isConnected(int brokerId) {
    Peer peer = peers.get(brokerId);
    return peer != null && peer.state.isConnected();
  }

  @Override
  public void close() {
    closed = true;
    for (Peer peer : peers.values()) {
      peer.outbound.close();
      peer.inbound.values().forEach(stream -> stream.end(Status.UNAVAILABLE));
    }
  }

  HelloRules rules() {
    return world.rules();
  }

  int self() {
    return world.self();
  }

  void received(int from, PeerBatch batch) {
    receivedFrames.increment();
    inbox.receive(from, batch);
  }

  void countDamaged() {
    damagedFrames.increment();
  }

  /** Logged when it begins or changes; the peer tries again each second. */
  void refused(int brokerId, BrokerError refusal) {
    if (!refusal.message().equals(lastRefusals.put(brokerId, refusal.message()))) {
      LOG.warn("refused a peer: {}", refusal.message());
    }
  }

  /** A newer stream takes the place of an older one, whose end may not have been noticed yet. */
  void inboundBegan(int brokerId, PeerState.Part part, PeerServer.InboundStream stream) {
    Peer peer = peer(brokerId);
    PeerServer.InboundStream older = peer.inbound.put(part, stream);
    if (older != null) {
      peer.state.set(part, false);
      older.end(Status.ABORTED.withDescription("replaced by a newer stream"));
    }
    lastRefusals.remove(brokerId);
    peer.state.set(part, true);
    peer.outbound.nudge();
  }

  void inboundEnded(int brokerId, PeerState.Part part, PeerServer.InboundStream stream) {
    Peer peer = peers.get(brokerId);
    if (peer != null && peer.inbound.remove(part, stream)) {
      peer.state.set(part, false);
    }
  }

  private Peer peer(int brokerId) {
    return peers.computeIfAbsent(
        brokerId,
        id -> {
          Peer made = new Peer(this, id);
          String label = Integer.toString(id);
          Gauge.builder("almadia.peer.queued.bytes", made.outbound, OutboundPeer::queuedBytes)
              .tag("peer", label)
              .register(meters);
          Gauge.builder("almadia.peer.connected", made.state, s -> s.isConnected() ? 1 : 0)
              .tag("peer", label)
              .register(meters);
          made.outbound.start();
          return made;
        });
  }
}
