// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server;

import dev.almadia.broker.server.config.BrokerConfig;

/** A running broker. Any thread may call. */
public final class Broker {
  private final BrokerConfig config;

  private Broker(BrokerConfig config) {
    this.config = config;
  }

  /**
   * Starts a broker, and returns when its ports are open; the cluster may not have formed yet. A
   * failed write or a broken invariant ends the process.
   *
   * @throws StartupException if it cannot start; nothing is left behind
   */
  public static Broker start(BrokerConfig config) throws StartupException {
    return start(config, FatalHandler.haltProcess());
  }

  /** The same, for a process that is more than this broker (a demo, a test). */
  public static Broker start(BrokerConfig config, FatalHandler fatalHandler)
      throws StartupException {
    throw new StartupException("broker " + config.brokerId() + " cannot start: not built yet");
  }

  /** What it was started with. */
  public BrokerConfig config() {
    return config;
  }

  /** Port of the public gRPC address, also if the configuration says 0. */
  public int publicPort() {
    return config.network().listen().port();
  }

  /** Port of the internal gRPC address. */
  public int internalPort() {
    return config.network().internalListen().port();
  }

  /** Port of the HTTP address, 0 if it is off. */
  public int httpPort() {
    return 0;
  }

  /** Whether the broker is known to the cluster and holds its metadata. */
  public boolean isReady() {
    return false;
  }

  /**
   * Stops gracefully: new calls are refused, streams say going_away, leaders are handed over, then
   * all is closed. Blocks until done; bounded by stop-ms and a little. A second call waits for the
   * first.
   */
  public void stop() {}

  /** Ends as if the process was killed: sockets and store are closed, nothing is handed over. */
  public void kill() {}

  /** Waits until the broker has stopped, was killed, or failed. */
  public void awaitStop() throws InterruptedException {}
}
