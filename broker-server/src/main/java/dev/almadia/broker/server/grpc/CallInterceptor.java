// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.grpc;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

/** Times every call. The outermost interceptor, so that it sees the status that a client sees. */
final class CallInterceptor implements ServerInterceptor {
  private final MeterRegistry meters;
  private final String port;

  /**
   * An interceptor of one port.
   *
   * @param port public or internal
   */
  CallInterceptor(MeterRegistry meters, String port) {
    this.meters = meters;
    this.port = port;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    String method = call.getMethodDescriptor().getFullMethodName();
    Timer.Sample sample = Timer.start(meters);
    ServerCall<Q, R> timed =
        new SimpleForwardingServerCall<>(call) {
          @Override
          public void close(Status status, Metadata trailers) {
            sample.stop(
                meters.timer(
                    "almadia.grpc.server.calls",
                    "port",
                    port,
                    "method",
                    method,
                    "status",
                    status.getCode().name()));
            super.close(status, trailers);
          }
        };
    return next.startCall(timed, headers);
  }
}
