// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.net;

import io.grpc.Status;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The client's end of a connection and the calls on it. */
final class ClientConnection {
  private final SimChannel channel;
  private final SimSocket socket;
  private final Set<SimClientCall<?, ?>> calls = new LinkedHashSet<>();
  private boolean leaving;

  ClientConnection(SimChannel channel, SimSocket socket) {
    this.channel = channel;
    this.socket = socket;
    socket.serve(this, this::broken);
  }

  SimSocket socket() {
    return socket;
  }

  void begin(SimClientCall<?, ?> call) {
    calls.add(call);
  }

  void ended(SimClientCall<?, ?> call) {
    calls.remove(call);
    closeIfDone();
  }

  /** No call begins on it any more; it is closed behind the last one. */
  void leave() {
    leaving = true;
    closeIfDone();
  }

  private void closeIfDone() {
    if (leaving && calls.isEmpty()) {
      socket.close();
      channel.gone(this);
    }
  }

  /** The server said so. */
  void goneAway() {
    channel.left(this);
    leave();
  }

  /** The server's end, for what is sent to it. */
  ServerConnection there() {
    if (socket.peer().app() instanceof ServerConnection server) {
      return server;
    }
    throw new IllegalStateException("the other end is not a server");
  }

  private void broken(String why) {
    channel.left(this);
    channel.gone(this);
    end(Status.UNAVAILABLE.withDescription(why));
  }

  /** Ends it and all its calls. */
  void close(Status status) {
    socket.close();
    channel.gone(this);
    end(status);
  }

  private void end(Status status) {
    leaving = true;
    for (SimClientCall<?, ?> call : List.copyOf(calls)) {
      call.failSoon(status);
    }
  }
}
