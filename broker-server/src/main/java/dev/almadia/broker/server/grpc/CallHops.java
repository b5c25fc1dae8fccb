// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.grpc;

import dev.almadia.broker.core.routing.Hop;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

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
  private static final Context.Key<String> REQUESTED_BY =
      Context.keyWithDefault("almadia-requested-by", "");
  private static final Metadata.Key<String> USER_AGENT =
      Metadata.Key.of("user-agent", Metadata.ASCII_STRING_MARSHALLER);
  private static final int REQUESTED_BY_CHARS_MAX = 200;

  private final boolean internal;

  CallHops(boolean internal) {
    this.internal = internal;
  }

  /** Of the call whose handler runs on this thread. To be asked before the handler returns. */
  public static Hop current() {
    return HOP.get();
  }

  /**
   * Who made the call whose handler runs on this thread, for people: what its software calls
   * itself, and where it is. Empty outside of calls.
   */
  public static String requestedBy() {
    return REQUESTED_BY.get();
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    if (!internal) {
      // Whoever looks at the headers later must not believe it either.
      headers.discardAll(Forwarder.FORWARDED);
      headers.discardAll(Forwarder.REQUESTED_BY);
    }
    Hop hop = Hop.PROXY;
    if (headers.containsKey(Forwarder.FORWARDED)) {
      hop = Hop.FORWARDED;
    } else if (DIRECT.equals(headers.get(ROUTING))) {
      hop = Hop.DIRECT;
    }
    String told = headers.get(Forwarder.REQUESTED_BY);
    String requestedBy = told == null ? describe(call, headers) : told;
    return Contexts.interceptCall(
        Context.current().withValues(HOP, hop, REQUESTED_BY, requestedBy), call, headers, next);
  }

  /** Such as {@code almadia-cli (ann) from 10.0.0.7}; the library's own name is left out. */
  private static String describe(ServerCall<?, ?> call, Metadata headers) {
    String agent = headers.get(USER_AGENT);
    int library = agent == null ? 0 : agent.indexOf(" grpc-");
    String name = agent == null ? "" : library > 0 ? agent.substring(0, library) : agent;
    SocketAddress address = call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
    String from =
        address instanceof InetSocketAddress inet && inet.getAddress() != null
            ? "from " + inet.getAddress().getHostAddress()
            : "";
    String text = (name.replaceAll("\\p{Cntrl}", " ") + " " + from).strip();
    return text.substring(0, Math.min(text.length(), REQUESTED_BY_CHARS_MAX));
  }
}
