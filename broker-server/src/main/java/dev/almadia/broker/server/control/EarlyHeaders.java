// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.control;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;

/**
 * Sends the headers of a stream when it begins, not with its first message: the caller knows that
 * it is heard, also where nothing happens for long.
 */
final class EarlyHeaders implements ServerInterceptor {
  private final String method;

  /** For this method, by its full name; all others are left as they are. */
  EarlyHeaders(String method) {
    this.method = method;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    if (!call.getMethodDescriptor().getFullMethodName().equals(method)) {
      return next.startCall(call, headers);
    }
    call.sendHeaders(new Metadata());
    return next.startCall(
        new SimpleForwardingServerCall<>(call) {
          @Override
          public void sendHeaders(Metadata late) {
            // They have left.
          }
        },
        headers);
  }
}
