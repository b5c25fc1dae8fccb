// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.net;

import dev.almadia.simulation.kernel.EventLoop;
import dev.almadia.simulation.kernel.SimProcess;
import dev.almadia.simulation.net.ServerConnection.Opening;
import io.grpc.Attributes;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ClientStreamTracer;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The client's side of a call. Life: made, started, attached to a connection (or never), ending
 * (its end is decided, nothing else is delivered), over. The listener is never called from within a
 * method of the call: always by an event of its own.
 */
final class SimClientCall<Q, R> extends ClientCall<Q, R> {
  private final SimChannel channel;
  private final MethodDescriptor<Q, R> method;
  private final CallOptions options;
  private final SimProcess process;
  private final Context context = Context.current();
  private final Context.CancellationListener contextEnds = this::contextEnded;
  private final Exchange exchange;
  private final Inflow in;
  private final Outflow out;
  private final List<ClientStreamTracer> tracers = new ArrayList<>();
  private final List<Runnable> unsent = new ArrayList<>();
  private ClientCall.@Nullable Listener<R> listener;
  private Metadata headers = new Metadata();
  private @Nullable ClientConnection connection;
  private @Nullable Deadline deadline;
  private EventLoop.@Nullable Event timer;
  private boolean halfClosed;
  private boolean ending;

  SimClientCall(SimChannel channel, MethodDescriptor<Q, R> method, CallOptions options) {
    this.channel = channel;
    this.method = method;
    this.options = options;
    process = channel.host().process();
    SimNetwork network = channel.host().network();
    exchange = new Exchange(network.nextCall(), this);
    int windowBytes = network.options().windowBytes();
    out = new Outflow(windowBytes);
    in = new Inflow(process, windowBytes, this::take, this::sendCredit);
  }

  @Override
  public void start(ClientCall.Listener<R> responses, Metadata given) {
    if (listener != null) {
      throw new IllegalStateException("started before");
    }
    listener = responses;
    headers = Wire.copy(given);
    trace("call {} to {}", channel.toHost());
    ClientStreamTracer.StreamInfo info =
        ClientStreamTracer.StreamInfo.newBuilder().setCallOptions(options).build();
    for (ClientStreamTracer.Factory factory : options.getStreamTracerFactories()) {
      tracers.add(factory.newClientStreamTracer(info, headers));
    }
    deadline = earlier(options.getDeadline(), context.getDeadline());
    Deadline until = deadline;
    if (context.isCancelled()) {
      failSoon(Objects.requireNonNull(Contexts.statusFromCancelled(context)));
    } else if (until != null && until.isExpired()) {
      failSoon(tooLate());
    } else {
      context.addListener(contextEnds, Runnable::run);
      if (until != null) {
        timer = process.after(until.timeRemaining(TimeUnit.NANOSECONDS), this::late);
      }
      channel.begin(this);
    }
  }

  private @Nullable Deadline earlier(@Nullable Deadline one, @Nullable Deadline other) {
    Deadline first = one == null || other == null ? one : one.minimum(other);
    Deadline result = first == null ? other : first;
    if (result != null) {
      try {
        boolean unused =
            result.isBefore(Deadline.after(0, TimeUnit.NANOSECONDS, channel.host().ticker()));
      } catch (AssertionError e) {
        throw new IllegalStateException("the deadline of a call is not of its process", e);
      }
    }
    return result;
  }

  boolean waitsForReady() {
    return options.isWaitForReady();
  }

  /** There is a connection. */
  void attach(ClientConnection made) {
    connection = made;
    made.begin(this);
    for (ClientStreamTracer tracer : tracers) {
      tracer.streamCreated(Attributes.EMPTY, headers);
      tracer.outboundHeaders();
    }
    Deadline until = deadline;
    long leftNanos =
        until == null ? Opening.NO_TIMEOUT : Math.max(1, until.timeRemaining(TimeUnit.NANOSECONDS));
    Opening opening = new Opening(exchange, method.getFullMethodName(), headers, leftNanos);
    made.socket().send(() -> made.there().open(opening));
    for (Runnable task : unsent) {
      made.socket().send(task);
    }
    unsent.clear();
    process.after(
        0,
        () -> {
          ClientCall.Listener<R> taker = listener;
          if (taker != null && isReady()) {
            inContext(taker::onReady);
          }
        });
  }

  private void transmit(Runnable atServer) {
    ClientConnection now = connection;
    if (now == null) {
      unsent.add(atServer);
    } else {
      now.socket().send(atServer);
    }
  }

  @Override
  public void sendMessage(Q message) {
    if (listener == null || halfClosed) {
      throw new IllegalStateException(halfClosed ? "call was half-closed" : "not started");
    }
    if (ending) {
      return;
    }
    byte[] bytes = Wire.bytes(method.streamRequest(message));
    out.sent(bytes.length);
    transmit(
        () -> {
          SimServerCall<?, ?> there = exchange.server;
          if (there != null) {
            there.arrived(bytes);
          }
        });
  }

  @Override
  public void halfClose() {
    if (listener == null || halfClosed) {
      throw new IllegalStateException(halfClosed ? "call was half-closed" : "not started");
    }
    halfClosed = true;
    if (!ending) {
      transmit(
          () -> {
            SimServerCall<?, ?> there = exchange.server;
            if (there != null) {
              there.halfClosed();
            }
          });
    }
  }

  @Override
  public void request(int messages) {
    if (!ending) {
      in.request(messages);
    }
  }

  @Override
  public boolean isReady() {
    return connection != null && !ending && !halfClosed && out.isReady();
  }

  @Override
  public void cancel(@Nullable String message, @Nullable Throwable cause) {
    if (listener != null && !ending) {
      abort(Status.CANCELLED.withDescription(message).withCause(cause));
    }
  }

  /** Ends it from this side, and tells the server. */
  private void abort(Status status) {
    if (ending) {
      return;
    }
    ClientConnection now = connection;
    if (now != null) {
      now.socket()
          .send(
              () -> {
                SimServerCall<?, ?> there = exchange.server;
                if (there != null) {
                  there.cancel(Status.CANCELLED.withDescription("the client cancelled"));
                }
              });
    }
    failSoon(status);
  }

  private void late() {
    timer = null;
    abort(tooLate());
  }

  private Status tooLate() {
    String where = connection == null ? "it had no connection" : "it was sent";
    return Status.DEADLINE_EXCEEDED.withDescription("deadline passed; " + where);
  }

  private void contextEnded(Context ended) {
    Status status = Contexts.statusFromCancelled(ended);
    abort(status == null ? Status.CANCELLED : status);
  }

  /** Ends it, in an event of its own. */
  void failSoon(Status status) {
    if (decideEnd()) {
      process.after(0, () -> over(status, new Metadata()));
    }
  }

  /** Returns whether it was not decided before. */
  private boolean decideEnd() {
    boolean first = !ending;
    ending = true;
    if (first) {
      in.stop();
      unsent.clear();
      context.removeListener(contextEnds);
      EventLoop.Event event = timer;
      if (event != null) {
        event.cancel();
      }
      ClientConnection now = connection;
      if (now == null) {
        channel.forget(this);
      } else {
        now.ended(this);
      }
    }
    return first;
  }

  private void over(Status status, Metadata trailers) {
    trace("call {} ends with {}", status.getCode().value());
    for (ClientStreamTracer tracer : tracers) {
      tracer.streamClosed(status);
    }
    ClientCall.Listener<R> taker = listener;
    if (taker != null) {
      inContext(() -> taker.onClose(status, trailers));
    }
  }

  /** From the server. */
  void headersArrived(Metadata received) {
    ClientCall.Listener<R> taker = listener;
    if (taker != null && !ending) {
      inContext(() -> taker.onHeaders(received));
    }
  }

  /** From the server. */
  void messageArrived(byte[] message) {
    if (!ending) {
      trace("call {} gets {} bytes", message.length);
      in.arrived(message);
    }
  }

  private void take(byte[] message) {
    ClientCall.Listener<R> taker = listener;
    if (taker != null && !ending) {
      inContext(() -> taker.onMessage(method.parseResponse(Wire.stream(message))));
    }
  }

  /** From the server; behind all messages. */
  void closed(Status status, Metadata trailers) {
    if (ending) {
      return;
    }
    in.end(
        () -> {
          if (decideEnd()) {
            Deadline until = deadline;
            boolean late =
                status.getCode() == Status.Code.CANCELLED && until != null && until.isExpired();
            over(late ? tooLate() : status, trailers);
          }
        });
  }

  /** From the server: it took so much. */
  void credit(int bytes) {
    ClientCall.Listener<R> taker = listener;
    if (out.credit(bytes) && taker != null && isReady()) {
      inContext(taker::onReady);
    }
  }

  private void sendCredit(int bytes) {
    transmit(
        () -> {
          SimServerCall<?, ?> there = exchange.server;
          if (there != null) {
            there.credit(bytes);
          }
        });
  }

  private void inContext(Runnable step) {
    Context before = context.attach();
    try {
      step.run();
    } finally {
      context.detach(before);
    }
  }

  private void trace(String template, long number) {
    SimHost host = channel.host();
    host.network().trace().add(host.id(), template, exchange.number, number);
  }

  @Override
  public Attributes getAttributes() {
    return Attributes.EMPTY;
  }
}
