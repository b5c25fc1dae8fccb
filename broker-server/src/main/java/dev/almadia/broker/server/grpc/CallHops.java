// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.grpc;

import dev.almadia.broker.core.routing.Hop;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;

/**
 * How far the present call may still travel. Only the internal port believes the mark of a
 * forwarded call: a client could set it too.
 */
public final class CallHops implements ServerInterceptor {
  /** A client that wants to find the leader itself sends {@code direct}. */
  public static final Metadata.Key<String> ROUTING =
      Metadata.Key.of("almadia-routing", Metadata.ASCII_STRING_MARSHALLER);

  private static final String DIRECT = "direct";
  private static final Context.Key<Hop> HOP = Context.keyWithDefault("almadia-hop", Hop.PROXY);

  private final boolean internal;

  CallHops(boolean internal) {
    this.internal = internal;
  }

  /** Of the call whose handler runs on this thread. To be asked before the handler returns. */
  public static Hop current() {
    return HOP.get();
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    if (!internal) {
      // Whoever looks at the headers later must not believe it either.
      headers.discardAll(Forwarder.FORWARDED);
    }
    Hop hop = Hop.PROXY;
    if (headers.containsKey(Forwarder.FORWARDED)) {
      hop = Hop.FORWARDED;
    } else if (DIRECT.equals(headers.get(ROUTING))) {
      hop = Hop.DIRECT;
    }
    return Contexts.interceptCall(Context.current().withValue(HOP, hop), call, headers, next);
  }
}
