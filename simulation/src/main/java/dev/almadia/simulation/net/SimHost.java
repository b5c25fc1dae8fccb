// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.net;

import dev.almadia.simulation.kernel.SimProcess;
import dev.almadia.simulation.kernel.SimRandom;
import dev.almadia.simulation.kernel.SimTimers;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A process as the network sees it: its ports and connections, and its clock for deadlines. */
public final class SimHost {
  private final SimNetwork network;
  private final SimProcess process;
  private final SimRandom random;
  private final SimTicker ticker;
  private final SimTimers timers;
  private final Map<String, Consumer<SimSocket>> ports = new TreeMap<>();
  private final Set<SimSocket> sockets = new LinkedHashSet<>();

  SimHost(SimNetwork network, SimProcess process, SimRandom random) {
    this.network = network;
    this.process = process;
    this.random = random;
    ticker = new SimTicker(process);
    timers = new SimTimers(process, 0);
  }

  /** Number of the host: brokers positive, clients negative. */
  public int id() {
    return process.id();
  }

  /** The process that runs on it. */
  public SimProcess process() {
    return process;
  }

  /** For every deadline of this process: those of different tickers cannot be compared. */
  public SimTicker ticker() {
    return ticker;
  }

  /** Timers for deadlines. */
  SimTimers timers() {
    return timers;
  }

  SimNetwork network() {
    return network;
  }

  SimRandom random() {
    return random;
  }

  /** Takes connections to a port. */
  void listen(String port, Consumer<SimSocket> acceptor) {
    if (ports.putIfAbsent(port, acceptor) != null) {
      throw new IllegalStateException("port " + port + " of host " + id() + " is in use");
    }
  }

  /** New connections are refused; those that exist stay. */
  void stopListening(String port) {
    ports.remove(port);
  }

  @Nullable Consumer<SimSocket> acceptor(String port) {
    return process.isAlive() ? ports.get(port) : null;
  }

  void opened(SimSocket socket) {
    sockets.add(socket);
  }

  void closed(SimSocket socket) {
    sockets.remove(socket);
  }

  List<SimSocket> sockets() {
    return List.copyOf(sockets);
  }
}
