// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.cluster;

import dev.almadia.broker.server.grpc.Forwarder;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;

/**
 * Notes of each call to a broker's internal port whether another broker forwarded it, whatever the
 * broker itself makes of the mark.
 */
final class ForwardedMark implements ServerInterceptor {
  private static final Context.Key<Boolean> FORWARDED =
      Context.keyWithDefault("simulation-forwarded", false);

  /** Whether the call whose handler runs now was forwarded to this broker. */
  static boolean isSet() {
    return FORWARDED.get();
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    boolean forwarded = headers.containsKey(Forwarder.FORWARDED);
    return Contexts.interceptCall(
        Context.current().withValue(FORWARDED, forwarded), call, headers, next);
  }
}
