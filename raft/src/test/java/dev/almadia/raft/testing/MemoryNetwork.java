// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.testing;

import dev.almadia.raft.core.Message;
import dev.almadia.raft.link.Lane;
import dev.almadia.raft.link.PeerBatch;
import dev.almadia.raft.link.PeerInbox;
import dev.almadia.raft.link.PeerLinks;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * Links between brokers in memory. Frames of one lane arrive in order or not at all; they can be
 * late, get lost, and the way between two brokers can be cut. One thread only.
 */
public final class MemoryNetwork {
  /** A frame that was sent, for tests that count. */
  public record Frame(long sentMillis, int from, int to, Lane lane, PeerBatch batch) {
    /** Whether it has messages of this kind. */
    public boolean has(Message.Kind kind) {
      return batch.messages().stream().anyMatch(message -> message.message().kind() == kind);
    }
  }

  private record Way(int from, int to) {}

  private record Flight(long arrivalMillis, long number, Way way, Runnable arrive) {}

  private record Line(Way way, Lane lane) {}

  private final VirtualTime time;
  private final Random random;
  private final Map<Integer, PeerInbox> inboxes = new TreeMap<>();
  private final Set<Way> cut = new HashSet<>();
  private final Map<Line, Long> lastArrivals = new HashMap<>();
  private final PriorityQueue<Flight> flights =
      new PriorityQueue<>(
          Comparator.comparingLong(Flight::arrivalMillis).thenComparingLong(Flight::number));
  private final List<Frame> frames = new ArrayList<>();
  private long flightNumber;
  private long delayMillis = 1;
  private long jitterMillis;
  private double lossShare;

  MemoryNetwork(VirtualTime time, long seed) {
    this.time = time;
    this.random = new Random(seed);
  }

  /** Time on the way: at least the first, up to the second more by chance. */
  public void delay(long atLeastMillis, long jitterMillis) {
    this.delayMillis = atLeastMillis;
    this.jitterMillis = jitterMillis;
  }

  /** Share of frames that get lost, from 0 to 1. */
  public void loss(double share) {
    this.lossShare = share;
  }

  /** All frames sent since the last call. */
  public List<Frame> takeFrames() {
    List<Frame> taken = List.copyOf(frames);
    frames.clear();
    return taken;
  }

  PeerLinks linksOf(int from) {
    return (to, lane, batch) -> send(new Way(from, to), lane, batch);
  }

  private boolean send(Way way, Lane lane, PeerBatch batch) {
    if (!isOpen(way)) {
      return false;
    }
    frames.add(new Frame(time.nowMillis(), way.from(), way.to(), lane, batch));
    if (random.nextDouble() < lossShare) {
      return true;
    }
    long wanted = time.nowMillis() + delayMillis + random.nextLong(jitterMillis + 1);
    Line line = new Line(way, lane);
    long arrival = Math.max(wanted, lastArrivals.getOrDefault(line, 0L));
    lastArrivals.put(line, arrival);
    fly(arrival, way, () -> inboxes.get(way.to()).receive(way.from(), batch));
    return true;
  }

  private boolean isOpen(Way way) {
    return inboxes.containsKey(way.from())
        && inboxes.containsKey(way.to())
        && !cut.contains(way)
        && !cut.contains(new Way(way.to(), way.from()));
  }

  private void fly(long arrivalMillis, Way way, Runnable arrive) {
    flights.add(new Flight(arrivalMillis, flightNumber++, way, arrive));
  }

  /** Brings what is due. */
  void deliver() {
    while (!flights.isEmpty() && flights.peek().arrivalMillis() <= time.nowMillis()) {
      Flight flight = flights.poll();
      if (isOpen(flight.way())) {
        flight.arrive().run();
      }
    }
  }

  void up(int brokerId, PeerInbox inbox) {
    inboxes.put(brokerId, inbox);
    for (int other : inboxes.keySet()) {
      if (other != brokerId) {
        notice(brokerId, other, true);
      }
    }
  }

  void down(int brokerId) {
    inboxes.remove(brokerId);
    inboxes.forEach((other, inbox) -> inbox.disconnected(brokerId));
  }

  /** Cuts the way between two, and tells them. */
  public void cut(int one, int other) {
    notice(one, other, false);
    cut.add(new Way(one, other));
  }

  /** Cuts the way between two; they learn it only by silence. */
  public void cutSilently(int one, int other) {
    cut.add(new Way(one, other));
  }

  /** All ways are open again. */
  public void heal() {
    Set<Way> healed = new HashSet<>(cut);
    cut.clear();
    healed.forEach(way -> notice(way.from(), way.to(), true));
  }

  private void notice(int one, int other, boolean isUp) {
    if (!isOpen(new Way(one, other))) {
      return;
    }
    if (isUp) {
      inboxes.get(one).connected(other);
      inboxes.get(other).connected(one);
    } else {
      inboxes.get(one).disconnected(other);
      inboxes.get(other).disconnected(one);
    }
  }
}
