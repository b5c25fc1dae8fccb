// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.net;

import dev.almadia.simulation.kernel.SimProcess;
import io.grpc.Attributes;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/**
 * The server's side of a call. Life: running, then ended once: completed when it was closed here,
 * else cancelled, because the client did, the connection broke, or the deadline passed.
 */
final class SimServerCall<Q, R> extends ServerCall<Q, R> {
  private final ServerConnection connection;
  private final MethodDescriptor<Q, R> method;
  private final Exchange exchange;
  private final Context.CancellableContext context;
  private final SimProcess process;
  private final Inflow in;
  private final Outflow out;
  private ServerCall.@Nullable Listener<Q> listener;
  private boolean headersSent;
  private boolean closed;
  private boolean ended;
  private boolean cancelled;

  SimServerCall(
      ServerConnection connection,
      MethodDescriptor<Q, R> method,
      Exchange exchange,
      Context.CancellableContext context) {
    this.connection = connection;
    this.method = method;
    this.exchange = exchange;
    this.context = context;
    process = connection.socket().process();
    int windowBytes = connection.windowBytes();
    out = new Outflow(windowBytes);
    in =
        new Inflow(
            process,
            windowBytes,
            this::take,
            bytes -> connection.socket().send(() -> exchange.client.credit(bytes)));
    context.addListener(this::contextEnded, Runnable::run);
  }

  /** The handler took the call. */
  void begin(ServerCall.Listener<Q> taker) {
    listener = taker;
    if (isReady()) {
      inContext(taker::onReady);
    }
  }

  /** The handler threw instead. */
  void refuse(Throwable thrown) {
    if (!closed) {
      close(Status.fromThrowable(thrown), new Metadata());
    }
  }

  void arrived(byte[] message) {
    if (!ended && !closed) {
      connection.trace("call {} hears {} bytes", exchange.number, message.length);
      in.arrived(message);
    }
  }

  private void take(byte[] message) {
    ServerCall.Listener<Q> taker = listener;
    if (taker == null || ended) {
      return;
    }
    inContext(() -> taker.onMessage(method.parseRequest(Wire.stream(message))));
  }

  void halfClosed() {
    if (!ended) {
      in.end(
          () -> {
            ServerCall.Listener<Q> taker = listener;
            if (taker != null && !ended) {
              inContext(taker::onHalfClose);
            }
          });
    }
  }

  void credit(int bytes) {
    ServerCall.Listener<Q> taker = listener;
    if (out.credit(bytes) && taker != null && !ended && !closed) {
      inContext(taker::onReady);
    }
  }

  /** Ends it from outside; in an event of the process. */
  void cancel(Status why) {
    if (ended) {
      return;
    }
    cancelled = true;
    end();
    connection.trace("call {} is cancelled", exchange.number);
    context.cancel(why.asRuntimeException());
    ServerCall.Listener<Q> taker = listener;
    if (taker != null) {
      inContext(taker::onCancel);
    }
  }

  private void end() {
    ended = true;
    in.stop();
    connection.ended(this);
  }

  private void contextEnded(Context ignored) {
    if (ended) {
      return;
    }
    Status status = Contexts.statusFromCancelled(context);
    if (status != null && status.getCode() == Status.Code.DEADLINE_EXCEEDED) {
      Status toClient = Status.CANCELLED.withDescription("the server cancelled the stream");
      connection.socket().send(() -> exchange.client.closed(toClient, new Metadata()));
      process.after(0, () -> cancel(status));
    }
  }

  private void inContext(Runnable step) {
    Context before = context.attach();
    try {
      step.run();
    } finally {
      context.detach(before);
    }
  }

  @Override
  public void request(int messages) {
    if (!ended) {
      in.request(messages);
    }
  }

  @Override
  public void sendHeaders(Metadata headers) {
    if (closed || headersSent) {
      throw new IllegalStateException(closed ? "call is closed" : "headers were sent");
    }
    headersSent = true;
    Metadata copy = Wire.copy(headers);
    connection.socket().send(() -> exchange.client.headersArrived(copy));
  }

  @Override
  public void sendMessage(R message) {
    if (!headersSent || closed) {
      throw new IllegalStateException(closed ? "call is closed" : "no headers were sent");
    }
    if (ended) {
      return;
    }
    byte[] bytes = Wire.bytes(method.streamResponse(message));
    out.sent(bytes.length);
    connection.socket().send(() -> exchange.client.messageArrived(bytes));
  }

  @Override
  public boolean isReady() {
    return !ended && !closed && out.isReady();
  }

  @Override
  public void close(Status status, Metadata trailers) {
    if (closed) {
      throw new IllegalStateException("call is closed");
    }
    closed = true;
    if (ended) {
      return;
    }
    connection.trace("call {} answers {}", exchange.number, status.getCode().value());
    Status statusCopy = Wire.copy(status);
    Metadata trailersCopy = Wire.copy(trailers);
    connection.socket().send(() -> exchange.client.closed(statusCopy, trailersCopy));
    process.after(0, this::complete);
  }

  private void complete() {
    if (ended) {
      return;
    }
    end();
    ServerCall.Listener<Q> taker = listener;
    if (taker != null) {
      inContext(taker::onComplete);
    }
    context.cancel(null);
  }

  @Override
  public boolean isCancelled() {
    return cancelled;
  }

  @Override
  public MethodDescriptor<Q, R> getMethodDescriptor() {
    return method;
  }

  @Override
  public Attributes getAttributes() {
    return connection.attributes();
  }

  @Override
  public String getAuthority() {
    return connection.authority();
  }
}
