// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.grpc;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.server.BrokerException;
import dev.almadia.v1.ErrorReason;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ClientStreamTracer;
import io.grpc.Deadline;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Sends a unary call on to another broker's internal port, one hop. The call is marked, so that the
 * other broker never forwards it again. Any thread may call; nothing blocks.
 *
 * <p>Outcome of a write whose connection broke: if not even its headers were written, it was
 * certainly not applied, and the caller may try the next leader; else nobody knows
 * (OUTCOME_UNKNOWN). An error that carries a reason is passed on as it is.
 */
public final class Forwarder {
  /** Marks a call that another broker forwarded; the value is that broker's id. */
  public static final Metadata.Key<String> FORWARDED =
      Metadata.Key.of("almadia-forwarded", Metadata.ASCII_STRING_MARSHALLER);

  /**
   * Id of the topic that the forwarding broker means. Names are used again: without it a call that
   * is under way while its topic is deleted and created anew would reach another topic than the one
   * that it was checked against.
   */
  public static final Metadata.Key<String> TOPIC_ID =
      Metadata.Key.of("almadia-topic-id", Metadata.ASCII_STRING_MARSHALLER);

  /** Who made the call that is forwarded, for people; see {@link CallHops#requestedBy}. */
  static final Metadata.Key<String> REQUESTED_BY =
      Metadata.Key.of("almadia-requested-by", Metadata.ASCII_STRING_MARSHALLER);

  /** What a forwarded call waits for at most if the caller set no deadline. */
  private static final long DEFAULT_DEADLINE_MS = 30_000;

  private static final long RETRY_AFTER_MS = 50;

  /** Whether a call changes something. */
  public enum Effect {
    /** Nothing: it may be repeated. */
    READ,
    /** Something: a lost answer leaves its outcome unknown. */
    WRITE
  }

  /**
   * Where a call goes.
   *
   * @param brokerId the broker
   * @param topicId the topic that it is about, 0 if it is about none or any
   */
  public record Destination(int brokerId, long topicId) {
    /** A broker, for a call that is not about a topic. */
    public static Destination of(int brokerId) {
      return new Destination(brokerId, 0);
    }
  }

  private final int self;
  private final Deadline.Ticker ticker;
  private final IntFunction<@Nullable ManagedChannel> channels;

  /**
   * A forwarder.
   *
   * @param self this broker's id
   * @param ticker the broker's clock
   * @param channels way to a broker's internal port, null if it is not known
   */
  public Forwarder(
      int self, Deadline.Ticker ticker, IntFunction<@Nullable ManagedChannel> channels) {
    this.self = self;
    this.ticker = ticker;
    this.channels = channels;
  }

  /**
   * Forwards.
   *
   * @param deadline of the caller's call, null if it has none
   * @return fails with a {@link BrokerException}; completed on a transport thread, so what follows
   *     must not block
   */
  public <Q, R> CompletableFuture<R> unary(
      Destination to,
      MethodDescriptor<Q, R> method,
      Q request,
      Effect effect,
      @Nullable Deadline deadline) {
    int brokerId = to.brokerId();
    ManagedChannel channel = channels.apply(brokerId);
    if (channel == null) {
      return CompletableFuture.failedFuture(new BrokerException(unreachable(brokerId)));
    }
    SentTracer sent = new SentTracer();
    CallOptions options =
        CallOptions.DEFAULT
            .withDeadline(
                deadline == null
                    ? Deadline.after(DEFAULT_DEADLINE_MS, TimeUnit.MILLISECONDS, ticker)
                    : deadline)
            .withStreamTracerFactory(sent);
    ClientCall<Q, R> call = channel.newCall(method, options);
    Metadata headers = new Metadata();
    headers.put(FORWARDED, Integer.toString(self));
    if (!CallHops.requestedBy().isEmpty()) {
      headers.put(REQUESTED_BY, CallHops.requestedBy());
    }
    if (to.topicId() != 0) {
      headers.put(TOPIC_ID, Long.toString(to.topicId()));
    }
    CompletableFuture<R> answer = new CompletableFuture<>();
    call.start(
        new ClientCall.Listener<>() {
          private @Nullable R message;

          @Override
          public void onMessage(R received) {
            message = received;
          }

          @Override
          public void onClose(Status status, Metadata trailers) {
            R received = message;
            if (status.isOk() && received != null) {
              answer.complete(received);
            } else {
              Effect known = sent.headersSent ? effect : Effect.READ;
              answer.completeExceptionally(
                  new BrokerException(errorOf(brokerId, status, trailers, known)));
            }
          }
        },
        headers);
    call.request(2);
    call.sendMessage(request);
    call.halfClose();
    return answer;
  }

  private static BrokerError errorOf(
      int brokerId, Status status, Metadata trailers, Effect effect) {
    BrokerError known = Statuses.errorOf(status.asRuntimeException(trailers));
    if (known != null) {
      return known;
    }
    if (effect == Effect.WRITE) {
      return BrokerError.of(
          ErrorReason.ERROR_REASON_OUTCOME_UNKNOWN,
          "The connection to broker "
              + brokerId
              + " broke before it answered; the write may have been applied",
          "broker_id",
          brokerId);
    }
    if (status.getCode() == Status.Code.DEADLINE_EXCEEDED) {
      return BrokerError.of(
              ErrorReason.ERROR_REASON_READ_TIMEOUT,
              "Broker " + brokerId + " did not answer in time",
              "broker_id",
              brokerId)
          .retryAfter(RETRY_AFTER_MS);
    }
    return unreachable(brokerId);
  }

  private static BrokerError unreachable(int brokerId) {
    return BrokerError.of(
            ErrorReason.ERROR_REASON_NO_LEADER,
            "Broker " + brokerId + ", which should lead, cannot be reached",
            "broker_id",
            brokerId)
        .retryAfter(RETRY_AFTER_MS);
  }

  /** Notes whether the call's headers reached the transport. One per call. */
  private static final class SentTracer extends ClientStreamTracer.Factory {
    // Written by the transport thread before it reports the end of the call on the same thread;
    // volatile because a call that never got a transport ends on another one.
    private volatile boolean headersSent;

    @Override
    public ClientStreamTracer newClientStreamTracer(
        ClientStreamTracer.StreamInfo info, Metadata headers) {
      return new ClientStreamTracer() {
        @Override
        public void outboundHeaders() {
          headersSent = true;
        }
      };
    }
  }
}
