// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.net;

import dev.almadia.simulation.kernel.SimProcess;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A gRPC channel from a simulated process to a port of a host: the real stubs work with it. It has
 * one connection at most for new calls, made when a call needs one; when that fails, calls fail at
 * once until a back-off is over. In its process only.
 */
public final class SimChannel extends ManagedChannel {
  private static final long BACKOFF_MIN_NANOS = 1_000_000_000;
  private static final long BACKOFF_MAX_NANOS = 120_000_000_000L;
  private static final double BACKOFF_FACTOR = 1.6;
  private static final int JITTER_PARTS = 5;

  private final SimHost host;
  private final int toHost;
  private final String port;
  private final List<SimClientCall<?, ?>> waiting = new ArrayList<>();
  private final Set<ClientConnection> connections = new LinkedHashSet<>();
  private @Nullable ClientConnection current;
  private @Nullable Dial dial;
  private Status lastFailure = Status.UNAVAILABLE;
  private long backoffNanos = BACKOFF_MIN_NANOS;
  private long failUntilNanos = Long.MIN_VALUE;
  private boolean shutdown;

  /**
   * A channel; nothing is connected yet.
   *
   * @param process must have been started on the network
   * @param port name of the port, as its server has it
   */
  public SimChannel(SimNetwork network, SimProcess process, int toHost, String port) {
    this.host = network.hostOf(process);
    this.toHost = toHost;
    this.port = port;
  }

  /** A host's name in addresses. */
  static String nameOf(int hostId) {
    return hostId > 0 ? "b" + hostId : "c" + -hostId;
  }

  SimHost host() {
    return host;
  }

  int toHost() {
    return toHost;
  }

  @Override
  public <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method, CallOptions options) {
    return new SimClientCall<>(this, method, options);
  }

  /** A call wants a connection. */
  void begin(SimClientCall<?, ?> call) {
    ClientConnection connection = current;
    if (shutdown) {
      call.failSoon(Status.UNAVAILABLE.withDescription("Channel shutdown invoked"));
    } else if (connection != null) {
      call.attach(connection);
    } else if (dial != null) {
      waiting.add(call);
    } else if (host.process().nanoTime() < failUntilNanos) {
      if (call.waitsForReady()) {
        waiting.add(call);
      } else {
        call.failSoon(lastFailure);
      }
    } else {
      waiting.add(call);
      connect();
    }
  }

  /** A waiting call ended. */
  void forget(SimClientCall<?, ?> call) {
    waiting.remove(call);
  }

  private void connect() {
    if (current != null || dial != null || (shutdown && waiting.isEmpty())) {
      return;
    }
    NetworkOptions options = host.network().options();
    Dial.Target target = new Dial.Target(toHost, port, options.keepAlive(), options.keepAlive());
    dial =
        Dial.start(
            host,
            target,
            options.connectTimeoutNanos(),
            new Dial.Outcome() {
              @Override
              public void connected(SimSocket socket) {
                SimChannel.this.connected(socket);
              }

              @Override
              public void failed(String why) {
                SimChannel.this.failed(why);
              }
            });
  }

  private void connected(SimSocket socket) {
    host.network().trace().add(host.id(), "channel to {} is up", toHost);
    dial = null;
    backoffNanos = BACKOFF_MIN_NANOS;
    ClientConnection connection = new ClientConnection(this, socket);
    connections.add(connection);
    current = connection;
    List<SimClientCall<?, ?>> calls = List.copyOf(waiting);
    waiting.clear();
    for (SimClientCall<?, ?> call : calls) {
      call.attach(connection);
    }
    if (shutdown) {
      left(connection);
      connection.leave();
    }
  }

  private void failed(String why) {
    host.network().trace().add(host.id(), "channel to {} fails", toHost);
    dial = null;
    lastFailure = Status.UNAVAILABLE.withDescription(nameOf(toHost) + ": " + why);
    long jitterNanos = backoffNanos / JITTER_PARTS;
    long pauseNanos = backoffNanos + host.random().between(-jitterNanos, jitterNanos);
    failUntilNanos = host.process().nanoTime() + pauseNanos;
    backoffNanos = Math.min(BACKOFF_MAX_NANOS, (long) (backoffNanos * BACKOFF_FACTOR));
    List<SimClientCall<?, ?>> calls = List.copyOf(waiting);
    waiting.clear();
    for (SimClientCall<?, ?> call : calls) {
      if (call.waitsForReady() && !shutdown) {
        waiting.add(call);
      } else {
        call.failSoon(lastFailure);
      }
    }
    if (!waiting.isEmpty()) {
      host.process().after(pauseNanos, this::connect);
    }
  }

  /** New calls do not go there any more. */
  void left(ClientConnection connection) {
    if (current == connection) {
      current = null;
    }
  }

  /** The connection ended. */
  void gone(ClientConnection connection) {
    connections.remove(connection);
  }

  @Override
  public String authority() {
    return nameOf(toHost);
  }

  @Override
  public void resetConnectBackoff() {
    backoffNanos = BACKOFF_MIN_NANOS;
    failUntilNanos = Long.MIN_VALUE;
    if (!waiting.isEmpty()) {
      connect();
    }
  }

  @Override
  public ConnectivityState getState(boolean requestConnection) {
    if (shutdown) {
      return ConnectivityState.SHUTDOWN;
    }
    if (requestConnection && host.process().nanoTime() >= failUntilNanos) {
      connect();
    }
    if (current != null) {
      return ConnectivityState.READY;
    }
    if (dial != null) {
      return ConnectivityState.CONNECTING;
    }
    return host.process().nanoTime() < failUntilNanos
        ? ConnectivityState.TRANSIENT_FAILURE
        : ConnectivityState.IDLE;
  }

  @Override
  public ManagedChannel shutdown() {
    shutdown = true;
    ClientConnection connection = current;
    if (connection != null) {
      left(connection);
      connection.leave();
    }
    return this;
  }

  @Override
  public ManagedChannel shutdownNow() {
    shutdown();
    Status status = Status.UNAVAILABLE.withDescription("Channel shutdownNow invoked");
    Dial attempt = dial;
    if (attempt != null) {
      attempt.giveUp();
      dial = null;
    }
    List<SimClientCall<?, ?>> calls = List.copyOf(waiting);
    waiting.clear();
    for (SimClientCall<?, ?> call : calls) {
      call.failSoon(status);
    }
    for (ClientConnection connection : List.copyOf(connections)) {
      connection.close(status);
    }
    return this;
  }

  @Override
  public boolean isShutdown() {
    return shutdown;
  }

  @Override
  public boolean isTerminated() {
    return shutdown && connections.isEmpty() && waiting.isEmpty();
  }

  /** Does not wait: nothing can happen while the only thread does. */
  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    return isTerminated();
  }
}
