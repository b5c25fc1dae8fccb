// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault;

import dev.almadia.simulation.cluster.SimBroker;
import dev.almadia.simulation.cluster.SimCluster;
import dev.almadia.simulation.kernel.SimRandom;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What one active fault does to the cluster. Faults overlap: a broker runs again only when no fault
 * keeps it down or paused any more, of slowness the worst counts, a way between hosts has all that
 * any fault wants of it. When the fault ends, its share is taken back.
 *
 * <p>Nothing here does anything once the fault has ended. The simulation's thread only.
 */
public final class Hold {
  /** Chooses directions between brokers. */
  @FunctionalInterface
  public interface Directions {
    /** Whether this one is chosen. */
    boolean test(int from, int to);
  }

  /** How a broker is kept down. */
  enum Down {
    /** It was killed, or its machine lost power. */
    DEAD,
    /** It is to stop by itself, as on SIGTERM. */
    STOPPING
  }

  /** What a disk refuses. */
  enum Refusal {
    /** The next write. */
    WRITE,
    /** The next sync. */
    SYNC
  }

  private static final long NANOS_PER_MILLI = 1_000_000;

  private final FaultSite site;
  private final SimRandom random;
  private final long endNanos;
  private boolean ended;

  final Map<Integer, Down> down = new TreeMap<>();
  final Set<Integer> paused = new TreeSet<>();
  final Map<Integer, Long> diskPauseMillis = new TreeMap<>();
  final Map<Integer, Long> turnPauseMillis = new TreeMap<>();
  final Map<Integer, Long> diskRoomBytes = new TreeMap<>();
  final Map<Integer, Set<Refusal>> refusals = new TreeMap<>();
  final Map<Way, WayTrouble> ways = new TreeMap<>();

  Hold(FaultSite site, SimRandom random, long endNanos) {
    this.site = site;
    this.random = random;
    this.endNanos = endNanos;
  }

  /** Chance for what is decided while the fault is active. */
  public SimRandom random() {
    return random;
  }

  /** What faults may happen to. */
  public FaultShape shape() {
    return site.shape();
  }

  /** The cluster, to look at. */
  public SimCluster cluster() {
    return site.cluster();
  }

  /** How long the fault still lasts, in milliseconds; at least 0. */
  public long leftMillis() {
    return Math.max(0, endNanos - site.loop().nowNanos()) / NANOS_PER_MILLI;
  }

  /** Does something after so long, unless the fault has ended by then. */
  public void later(long millis, Runnable step) {
    var unused =
        site.loop()
            .after(
                millis * NANOS_PER_MILLI,
                () -> {
                  if (!ended) {
                    step.run();
                  }
                });
  }

  /** The broker that leads some group by its own word; any broker if nobody does. */
  public int someLeader() {
    List<Integer> leaders = Leaders.of(cluster());
    return leaders.isEmpty() ? shape().one(random) : random.pick(leaders);
  }

  /** As by kill -9, and down until {@link #letStart} or the end. */
  public void kill(int broker) {
    if (!ended) {
      down.put(broker, Down.DEAD);
      site.broker(broker).kill(false);
      site.settle(broker);
    }
  }

  /** The machine loses power, and is off until {@link #letStart} or the end. */
  public void losePower(int broker) {
    if (!ended) {
      down.put(broker, Down.DEAD);
      SimBroker machine = site.broker(broker);
      if (machine.isUp()) {
        machine.kill(true);
      } else {
        // Its process had ended; what that had not synced is lost now.
        machine.disk().powerLoss();
      }
      site.settle(broker);
    }
  }

  /** Stops as on SIGTERM, and is down until {@link #letStart} or the end. */
  public void stop(int broker) {
    if (!ended) {
      down.put(broker, Down.STOPPING);
      site.settle(broker);
    }
  }

  /** As far as this fault is concerned the broker may run. */
  public void letStart(int broker) {
    if (!ended) {
      down.remove(broker);
      site.settle(broker);
    }
  }

  /** Stands still, as by SIGSTOP, until {@link #resume} or the end. */
  public void pause(int broker) {
    if (!ended && paused.add(broker)) {
      site.settle(broker);
    }
  }

  /** As far as this fault is concerned the broker may go on. */
  public void resume(int broker) {
    if (!ended && paused.remove(broker)) {
      site.settle(broker);
    }
  }

  /** Each write and read of the disk takes so much longer. */
  public void slowDisk(int broker, long pauseMillis) {
    if (!ended) {
      diskPauseMillis.put(broker, pauseMillis);
      site.settle(broker);
    }
  }

  /** Each turn of a shard takes so much longer. */
  public void slowTurns(int broker, long pauseMillis) {
    if (!ended) {
      turnPauseMillis.put(broker, pauseMillis);
      site.settle(broker);
    }
  }

  /** Something else takes the disk's room but for so many bytes. */
  public void fillDisk(int broker, long roomBytes) {
    if (!ended) {
      diskRoomBytes.put(broker, roomBytes);
      site.settleDisk(broker);
    }
  }

  /** The next write of the disk fails; its process stops itself and is down until the end. */
  public void failWrite(int broker) {
    refuse(broker, Refusal.WRITE);
  }

  /** The next sync of the disk fails; its process stops itself and is down until the end. */
  public void failSync(int broker) {
    refuse(broker, Refusal.SYNC);
  }

  private void refuse(int broker, Refusal what) {
    if (!ended) {
      refusals.computeIfAbsent(broker, id -> EnumSet.noneOf(Refusal.class)).add(what);
      site.settleDisk(broker);
    }
  }

  /**
   * A bit flips in some stored entry of the broker, which is not to be healthy again: repair is not
   * built yet. Only entries that a majority of other replicas has whole and synced are harmed.
   *
   * @param broker a victim of the shape
   * @return whether there was such an entry
   */
  public boolean flipBit(int broker) {
    return !ended && site.flipBit(broker);
  }

  /**
   * The broker's disk is replaced by an empty one, and a process starts on it. The others refuse
   * it: a broker without its votes must not come back under its name.
   *
   * @param broker a victim of the shape
   */
  public void loseDisk(int broker) {
    if (!ended) {
      site.loseDisk(broker);
    }
  }

  /** A broker is put on a machine that has none, if there is one, and joins; it stays. */
  public void join() {
    int id = ended ? 0 : site.operator().deploy(random);
    if (id != 0) {
      site.settle(id);
    }
  }

  /**
   * The broker ends, and its disk is replaced by an empty one, unless some group would lose its
   * majority; it is down until {@link #letStart} or the end, and comes back by the same id.
   */
  public void replaceDisk(int broker) {
    if (!ended && site.operator().canLoseDisk(broker)) {
      down.put(broker, Down.DEAD);
      site.broker(broker).kill(false);
      site.replaceAtStart(broker, random);
      site.settle(broker);
    }
  }

  /** The broker is to leave; once it is forgotten, it is taken off its machine. */
  public void decommission(int broker) {
    if (!ended) {
      site.operator().decommission(broker);
    }
  }

  /** The wall clock jumps; does not go back at the end. */
  public void jumpClock(int broker, long millis) {
    if (!ended) {
      site.cluster().world().trace().add(broker, "clock jumps by {} ms", millis);
      site.broker(broker).clock().jumpMillis(millis);
    }
  }

  /** All connections between two hosts are reset, once. */
  public void reset(int one, int other) {
    if (!ended) {
      site.cluster().world().network().reset(one, other);
    }
  }

  /** A direction stands still once, until the end of the fault. */
  public void clog(int from, int to) {
    if (!ended) {
      long nanos = Math.max(0, endNanos - site.loop().nowNanos());
      site.cluster().world().network().clog(from, to, nanos);
    }
  }

  /** This is wrong with a direction until the end; replaces what the fault said of it before. */
  public void trouble(int from, int to, WayTrouble trouble) {
    if (!ended) {
      ways.put(new Way(from, to), trouble);
      site.settleWays();
    }
  }

  /** The same for both directions. */
  public void troubleBoth(int one, int other, WayTrouble trouble) {
    if (!ended) {
      ways.put(new Way(one, other), trouble);
      ways.put(new Way(other, one), trouble);
      site.settleWays();
    }
  }

  /** The same for all directions between brokers. */
  public void troubleAll(WayTrouble trouble) {
    between((from, to) -> true, trouble);
  }

  /** Cuts each direction between brokers of which the predicate of (from, to) is false. */
  public void shapeNetwork(Directions isOpen) {
    between((from, to) -> !isOpen.test(from, to), WayTrouble.CUT);
  }

  private void between(Directions isMeant, WayTrouble trouble) {
    if (ended) {
      return;
    }
    for (int from : shape().all()) {
      for (int to : shape().all()) {
        if (from != to && isMeant.test(from, to)) {
          ways.put(new Way(from, to), trouble);
        }
      }
    }
    site.settleWays();
  }

  void end() {
    ended = true;
  }
}
