// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.net;

import dev.almadia.simulation.kernel.EventLoop;
import dev.almadia.simulation.kernel.SimProcess;
import dev.almadia.simulation.kernel.SimRandom;
import dev.almadia.simulation.kernel.Trace;
import dev.almadia.simulation.net.NetworkOptions.WayState;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Hosts and the ways between them, one for each direction, each with faults of its own that can be
 * taken back. Brokers are positive numbers, clients negative ones. All deliveries run inside the
 * receiver's process, so a paused one gets them later and an ended one never.
 */
public final class SimNetwork {
  private final EventLoop loop;
  private final SimRandom random;
  private final Trace trace;
  private final NetworkOptions options;
  private final Map<Integer, SimHost> hosts = new TreeMap<>();
  private final Map<Long, Way> ways = new LinkedHashMap<>();
  private long hostsStarted;
  private long calls;

  /** A network without hosts, everything open. */
  public SimNetwork(EventLoop loop, SimRandom random, Trace trace, NetworkOptions options) {
    this.loop = loop;
    this.random = random;
    this.trace = trace;
    this.options = options;
  }

  /** A process runs on the host with its number from now on. */
  public SimHost start(SimProcess process) {
    SimHost host = new SimHost(this, process, random.split("host", ++hostsStarted));
    SimHost before = hosts.put(process.id(), host);
    if (before != null && before.process().isAlive()) {
      throw new IllegalStateException("host " + process.id() + " has a process");
    }
    return host;
  }

  /** The process ended; its machine goes on and tells whoever is connected. */
  public void end(SimProcess process) {
    end(process, false);
  }

  /** The machine lost its power: nobody hears anything until it is up again. */
  public void vanish(SimProcess process) {
    end(process, true);
  }

  private void end(SimProcess process, boolean silently) {
    SimHost host = hosts.get(process.id());
    if (host == null || host.process() != process) {
      return;
    }
    hosts.remove(process.id());
    for (SimSocket socket : host.sockets()) {
      socket.abandon(silently);
    }
  }

  /** Where a process runs; it must have been started and not ended. */
  public SimHost hostOf(SimProcess process) {
    SimHost host = hosts.get(process.id());
    if (host == null || host.process() != process) {
      throw new IllegalStateException("process " + process.id() + " is not on the network");
    }
    return host;
  }

  @Nullable SimHost host(int id) {
    return hosts.get(id);
  }

  Trace trace() {
    return trace;
  }

  NetworkOptions options() {
    return options;
  }

  /** Numbers calls, for the trace. */
  long nextCall() {
    return ++calls;
  }

  EventLoop loop() {
    return loop;
  }

  Way way(int from, int to) {
    long key = ((long) from << Integer.SIZE) | (to & 0xFFFFFFFFL);
    Way way = ways.get(key);
    if (way == null) {
      way = new Way(loop, random.split("way", key), options.way());
      ways.put(key, way);
    }
    return way;
  }

  /** Nothing arrives in this direction until it is open again. */
  public void cut(int from, int to) {
    if (way(from, to).cut()) {
      trace.add(0, "net cuts {} > {}", from, to);
    }
  }

  /** Takes a cut back. */
  public void open(int from, int to) {
    if (way(from, to).open()) {
      trace.add(0, "net opens {} > {}", from, to);
    }
  }

  /** Whether this direction is not cut. */
  public boolean isOpen(int from, int to) {
    return way(from, to).isOpen();
  }

  /** How long this direction takes: at least, and on average so much more. */
  public void delay(int from, int to, long minNanos, long jitterNanos) {
    set(from, to, way(from, to).state().withDelay(minNanos, jitterNanos));
  }

  /** Share of what is sent that finds the way standing still, and for how long at most. */
  public void clogs(int from, int to, double share, long nanosMax) {
    set(from, to, way(from, to).state().withClogs(share, nanosMax));
  }

  /** The direction stands still once, for so long. */
  public void clog(int from, int to, long nanos) {
    trace.add(0, "net clogs {} > {} for {} us", from, to, nanos / 1000);
    way(from, to).clog(nanos);
  }

  /** Share that is lost. */
  public void loss(int from, int to, double share) {
    set(from, to, way(from, to).state().withLoss(share));
  }

  /** Share of datagrams that arrive twice. */
  public void duplicates(int from, int to, double share) {
    set(from, to, way(from, to).state().withDuplicates(share));
  }

  /** Share of datagrams that others overtake by far. */
  public void reorder(int from, int to, double share) {
    set(from, to, way(from, to).state().withReorder(share));
  }

  /** Share of the links' frames of which a bit flips. */
  public void flips(int from, int to, double share) {
    set(from, to, way(from, to).state().withFlips(share));
  }

  /** This direction is as at the start; a cut stays. */
  public void calm(int from, int to) {
    way(from, to).unclog();
    set(from, to, options.way());
  }

  private void set(int from, int to, WayState state) {
    trace.add(0, "net changes {} > {}", from, to);
    way(from, to).set(state);
  }

  /** All connections between the two hosts are reset, as a middle box does. */
  public void reset(int one, int other) {
    trace.add(0, "net resets {} - {}", one, other);
    resetAt(one, other);
    resetAt(other, one);
  }

  private void resetAt(int hostId, int peerId) {
    SimHost host = hosts.get(hostId);
    if (host != null) {
      for (SimSocket socket : host.sockets()) {
        if (socket.peerId() == peerId) {
          socket.injectReset();
        }
      }
    }
  }

  /** Opens and calms everything. */
  public void heal() {
    trace.add(0, "net heals");
    for (Way way : ways.values()) {
      way.unclog();
      way.set(options.way());
      way.open();
    }
  }
}
