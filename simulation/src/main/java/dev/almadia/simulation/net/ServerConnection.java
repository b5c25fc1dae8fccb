// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.net;

import dev.almadia.simulation.kernel.Trace;
import io.grpc.Attributes;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import java.net.InetSocketAddress;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** The server's end of a connection and the calls on it. */
final class ServerConnection {
  /** What a call begins with. */
  record Opening(Exchange exchange, String method, Metadata headers, long timeoutNanos) {
    /** {@code timeoutNanos} of a call without a deadline. */
    static final long NO_TIMEOUT = Long.MAX_VALUE;
  }

  private final SimServer server;
  private final SimSocket socket;
  private final Attributes attributes;
  private final Set<SimServerCall<?, ?>> calls = new LinkedHashSet<>();

  ServerConnection(SimServer server, SimSocket socket) {
    this.server = server;
    this.socket = socket;
    attributes =
        Attributes.newBuilder()
            .set(
                Grpc.TRANSPORT_ATTR_REMOTE_ADDR,
                InetSocketAddress.createUnresolved(SimChannel.nameOf(socket.peerId()), 1))
            .build();
    socket.serve(this, this::broken);
  }

  SimSocket socket() {
    return socket;
  }

  int windowBytes() {
    return socket.host().network().options().windowBytes();
  }

  Attributes attributes() {
    return attributes;
  }

  String authority() {
    return SimChannel.nameOf(socket.host().id());
  }

  boolean hasCalls() {
    return !calls.isEmpty();
  }

  void trace(String template, long call) {
    tracer().add(socket.host().id(), template, call);
  }

  void trace(String template, long call, long number) {
    tracer().add(socket.host().id(), template, call, number);
  }

  private Trace tracer() {
    return socket.host().network().trace();
  }

  /** Headers of a call arrived. */
  void open(Opening opening) {
    trace("call {} opens", opening.exchange().number);
    ServerMethodDefinition<?, ?> method = server.method(opening.method());
    if (method == null) {
      Status status = Status.UNIMPLEMENTED.withDescription("Method not found: " + opening.method());
      socket.send(() -> opening.exchange().client.closed(status, new Metadata()));
      return;
    }
    open(method, opening);
  }

  private <Q, R> void open(ServerMethodDefinition<Q, R> method, Opening opening) {
    Context.CancellableContext context = contextOf(opening.timeoutNanos());
    SimServerCall<Q, R> call =
        new SimServerCall<>(this, method.getMethodDescriptor(), opening.exchange(), context);
    opening.exchange().server = call;
    calls.add(call);
    Context before = context.attach();
    ServerCall.Listener<Q> listener;
    try {
      listener = method.getServerCallHandler().startCall(call, opening.headers());
    } catch (RuntimeException e) {
      call.refuse(e);
      throw e;
    } finally {
      context.detach(before);
    }
    call.begin(listener);
  }

  private Context.CancellableContext contextOf(long timeoutNanos) {
    if (timeoutNanos == Opening.NO_TIMEOUT) {
      return Context.ROOT.withCancellation();
    }
    SimHost host = socket.host();
    Deadline deadline = Deadline.after(timeoutNanos, TimeUnit.NANOSECONDS, host.ticker());
    return Context.ROOT.withDeadline(deadline, host.timers());
  }

  void ended(SimServerCall<?, ?> call) {
    calls.remove(call);
    if (calls.isEmpty()) {
      server.idle(this);
    }
  }

  private void broken(String why) {
    server.gone(this);
    cancelAll(why);
  }

  private void cancelAll(String why) {
    for (SimServerCall<?, ?> call : List.copyOf(calls)) {
      call.cancel(Status.CANCELLED.withDescription(why));
    }
  }

  /** The client shall send new calls elsewhere. */
  void goAway() {
    SimSocket there = socket.peer();
    socket.send(
        () -> {
          if (there.app() instanceof ClientConnection client) {
            client.goneAway();
          }
        });
  }

  /** Ends it and all its calls. */
  void close() {
    socket.close();
    cancelAll("the server is shut down");
  }
}
