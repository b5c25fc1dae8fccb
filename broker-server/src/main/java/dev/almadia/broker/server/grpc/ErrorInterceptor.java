// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.grpc;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.server.BrokerException;
import dev.almadia.v1.ErrorReason;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns whatever a handler failed with into a status that a client can use, and refuses the public
 * calls while the broker may not take them. What nobody expected becomes INTERNAL with an incident
 * id; its stack trace goes to the log and never to a client.
 */
final class ErrorInterceptor implements ServerInterceptor {
  private static final Logger LOG = LoggerFactory.getLogger(ErrorInterceptor.class);
  private static final String PUBLIC_API = "almadia.v1.";

  private final Function<String, @Nullable BrokerError> refusal;

  /**
   * An interceptor.
   *
   * @param refusal why calls of a method of the public API are refused now; null if they are not
   */
  ErrorInterceptor(Function<String, @Nullable BrokerError> refusal) {
    this.refusal = refusal;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    MappingCall<Q, R> mapping = new MappingCall<>(call);
    ServerCall.Listener<Q> listener;
    try {
      String method = call.getMethodDescriptor().getFullMethodName();
      BrokerError refused = method.startsWith(PUBLIC_API) ? refusal.apply(method) : null;
      if (refused != null) {
        throw new BrokerException(refused);
      }
      listener = next.startCall(mapping, headers);
    } catch (RuntimeException e) {
      mapping.fail(e);
      return new ServerCall.Listener<>() {};
    }
    return new GuardedListener<>(listener, mapping);
  }

  private static final class MappingCall<Q, R> extends SimpleForwardingServerCall<Q, R> {
    private boolean closed;

    MappingCall(ServerCall<Q, R> call) {
      super(call);
    }

    @Override
    public void close(Status status, Metadata trailers) {
      closed = true;
      Throwable cause = status.getCause();
      if (cause == null || status.getCode() != Status.Code.UNKNOWN) {
        super.close(status, trailers);
        return;
      }
      StatusRuntimeException mapped = mapped(cause);
      Metadata details = mapped.getTrailers();
      super.close(mapped.getStatus(), details == null ? new Metadata() : details);
    }

    /** Ends the call because its handler threw. */
    void fail(RuntimeException thrown) {
      if (closed) {
        LOG.warn("a handler of {} threw after the end of its call", name(), thrown);
        return;
      }
      close(Status.UNKNOWN.withCause(thrown), new Metadata());
    }

    private StatusRuntimeException mapped(Throwable cause) {
      BrokerError error = Statuses.errorOf(cause);
      if (error != null) {
        return Statuses.toException(error);
      }
      Throwable unwrapped = Statuses.unwrap(cause);
      if (unwrapped instanceof StatusRuntimeException status) {
        return status;
      }
      String incident = UUID.randomUUID().toString().substring(0, 8);
      LOG.error("incident {} in {}", incident, name(), unwrapped);
      return Statuses.toException(
          BrokerError.of(
              ErrorReason.ERROR_REASON_INTERNAL,
              "Internal error; the broker's log has it under incident " + incident,
              "incident",
              incident));
    }

    private @Nullable String name() {
      return getMethodDescriptor().getFullMethodName();
    }
  }

  private static final class GuardedListener<Q, R> extends SimpleForwardingServerCallListener<Q> {
    private final MappingCall<Q, R> call;

    GuardedListener(ServerCall.Listener<Q> listener, MappingCall<Q, R> call) {
      super(listener);
      this.call = call;
    }

    @Override
    public void onMessage(Q message) {
      guarded(() -> super.onMessage(message));
    }

    @Override
    public void onHalfClose() {
      guarded(super::onHalfClose);
    }

    @Override
    public void onReady() {
      guarded(super::onReady);
    }

    @Override
    public void onCancel() {
      guarded(super::onCancel);
    }

    private void guarded(Runnable step) {
      try {
        step.run();
      } catch (RuntimeException e) {
        call.fail(e);
      }
    }
  }
}
