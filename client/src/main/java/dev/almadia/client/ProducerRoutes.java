// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Which lane the batches of each partition take. All methods under the producer's lock.
 *
 * <p>Everything begins on the home lane, whose broker passes it on. Acknowledgements name the
 * leaders; a lane to a leader is tried in the background, and its partitions move to it once it is
 * open. A partition moves only while nothing of it is under way: what comes meanwhile is held here,
 * so that the order stays. When a direct lane ends, its partitions are back on the home lane.
 */
final class ProducerRoutes {
  /** A leader that could not be reached directly is not tried again for so long. */
  private static final long AVOIDED_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** A direct lane that no partition takes is closed after so long. */
  private static final long UNUSED_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** More leaders than that are spoken to through the home lane. */
  private static final int LANES_MAX = 256;

  /** The way of one partition. */
  private static final class Route {
    private ProducerLane lane;
    private String leader = "";

    /** Batches on the lane. */
    private int pending;

    /** Where it goes when nothing is pending; batches wait in held until then. */
    private @Nullable ProducerLane next;

    private final Deque<PendingBatch> held = new ArrayDeque<>();

    private Route(ProducerLane lane) {
      this.lane = lane;
    }
  }

  /** A lane to a leader. */
  private static final class Direct {
    private final ProducerLane lane;
    private long usedNanos = System.nanoTime();

    /** Its broker asked to be left: no partition goes there any more. */
    private boolean isLeft;

    private Direct(ProducerLane lane) {
      this.lane = lane;
    }
  }

  private final ProducerLane home;
  private final Function<String, @Nullable ProducerLane> opener;
  private final Map<Integer, Route> routes = new HashMap<>();
  private final Map<String, Direct> direct = new HashMap<>();
  private final Map<String, Long> avoidedNanos = new HashMap<>();

  /** Batches under way whose partition the server chooses: it could be any. */
  private int unrouted;

  /**
   * All on the home lane.
   *
   * @param opener makes a lane to an address; null if that cannot be
   */
  ProducerRoutes(ProducerLane home, Function<String, @Nullable ProducerLane> opener) {
    this.home = home;
    this.opener = opener;
  }

  /** A batch is complete. */
  void add(PendingBatch batch) {
    if (batch.partition == null) {
      unrouted++;
      home.add(batch);
      return;
    }
    Route route = routes.computeIfAbsent(batch.partition, p -> new Route(home));
    if (route.next != null) {
      route.held.addLast(batch);
    } else {
      route.pending++;
      route.lane.add(batch);
    }
  }

  /** A batch was acknowledged or given up. */
  void ended(PendingBatch batch) {
    if (batch.partition == null) {
      unrouted--;
      return;
    }
    Route route = routes.get(batch.partition);
    if (route == null) {
      throw new IllegalStateException("no route to partition " + batch.partition);
    }
    route.pending--;
    ProducerLane next = route.next;
    if (route.pending == 0 && next != null) {
      settle(route, next);
    }
  }

  private static void settle(Route route, ProducerLane lane) {
    route.lane = lane;
    route.next = null;
    route.pending += route.held.size();
    route.held.forEach(lane::add);
    route.held.clear();
  }

  /** An acknowledgement named the leader of a partition. */
  void hint(int partition, String endpoint) {
    Route route = routes.get(partition);
    if (route == null || endpoint.isEmpty()) {
      return;
    }
    route.leader = endpoint;
    ProducerLane aim = route.next == null ? route.lane : route.next;
    if (aim.where().equals(endpoint)) {
      return;
    }
    if (home.where().equals(endpoint)) {
      move(route, home);
      return;
    }
    Direct known = direct.get(endpoint);
    if (known == null) {
      tryLane(endpoint);
    } else if (known.lane.isOpen() && !known.isLeft) {
      move(route, known.lane);
    }
  }

  private void tryLane(String endpoint) {
    Long failedNanos = avoidedNanos.get(endpoint);
    if (direct.size() >= LANES_MAX
        || (failedNanos != null && System.nanoTime() - failedNanos < AVOIDED_NANOS)) {
      return;
    }
    avoidedNanos.remove(endpoint);
    ProducerLane lane = opener.apply(endpoint);
    if (lane == null) {
      avoid(endpoint);
      return;
    }
    direct.put(endpoint, new Direct(lane));
    lane.open();
  }

  private void avoid(String endpoint) {
    if (avoidedNanos.size() >= LANES_MAX) {
      avoidedNanos.clear();
    }
    avoidedNanos.put(endpoint, System.nanoTime());
  }

  /** Sends a partition over another lane from the next moment on in which nothing is under way. */
  private void move(Route route, ProducerLane lane) {
    // What the server routes may be for this partition too, and goes over the home lane.
    if (unrouted > 0 && lane != home) {
      return;
    }
    if (route.lane == lane || route.pending == 0) {
      settle(route, lane);
    } else {
      route.next = lane;
    }
  }

  /** A direct lane may be used. */
  void opened(ProducerLane lane) {
    for (Route route : routes.values()) {
      if (route.leader.equals(lane.where())) {
        move(route, lane);
      }
    }
  }

  /** The broker of a direct lane asks to be left. */
  void leaving(ProducerLane lane) {
    avoid(lane.where());
    Direct known = direct.get(lane.where());
    if (known != null) {
      known.isLeft = true;
    }
    for (Route route : routes.values()) {
      if (route.lane == lane || route.next == lane) {
        move(route, home);
      }
    }
  }

  /** A direct lane ended with these batches unsent or to be sent again. */
  void lost(ProducerLane lane, boolean oneByOne, List<PendingBatch> left) {
    direct.values().removeIf(each -> each.lane == lane);
    avoid(lane.where());
    home.takeOver(left, oneByOne);
    for (Route route : routes.values()) {
      if (route.lane == lane) {
        settle(route, home);
      } else if (route.next == lane) {
        settle(route, route.lane);
      }
    }
  }

  /** Ends all streams; what was under way waits on the home lane, in order. */
  void interrupt() {
    List<PendingBatch> taken = new ArrayList<>();
    direct.values().forEach(each -> taken.addAll(each.lane.interrupt()));
    direct.clear();
    List<PendingBatch> unused = home.interrupt();
    home.takeOver(taken, false);
    for (Route route : routes.values()) {
      if (route.lane != home || route.next != null) {
        settle(route, home);
      }
    }
  }

  /** What waits to be sent, in the order of each partition; to be asked after an interruption. */
  void forEachReady(Consumer<PendingBatch> step) {
    home.forEachReady(step);
  }

  /** Lets all lanes send what they may. */
  void pump() {
    home.pump();
    if (!direct.isEmpty()) {
      direct.values().forEach(each -> each.lane.pump());
    }
  }

  /** Looks after all lanes; closes those that nobody uses any more. */
  void tick(AlmadiaException unused) {
    home.tick();
    if (direct.isEmpty()) {
      return;
    }
    new ArrayList<>(direct.values()).forEach(each -> each.lane.tick());
    long nowNanos = System.nanoTime();
    for (Direct each : new ArrayList<>(direct.values())) {
      if (isUsed(each.lane)) {
        each.usedNanos = nowNanos;
      } else if (each.isLeft || nowNanos - each.usedNanos > UNUSED_NANOS) {
        direct.remove(each.lane.where());
        each.lane.close(unused);
      }
    }
  }

  private boolean isUsed(ProducerLane lane) {
    return !lane.isIdle()
        || routes.values().stream().anyMatch(route -> route.lane == lane || route.next == lane);
  }

  /** Fails everything that waits, but for what direct lanes have. */
  void failWaiting(AlmadiaException failure) {
    for (Route route : routes.values()) {
      // Where it is failed with the others.
      route.pending += route.held.size();
      route.held.forEach(home::add);
      route.held.clear();
    }
    home.failReady(failure);
  }

  /** Ends all streams; what is left fails. */
  void close(AlmadiaException failure) {
    failWaiting(failure);
    home.close(failure);
    new ArrayList<>(direct.values()).forEach(each -> each.lane.close(failure));
    direct.clear();
  }
}
