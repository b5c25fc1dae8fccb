// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import dev.almadia.v1.Failure;
import dev.almadia.v1.RetryClass;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A call that failed: gRPC code, stable reason, all values that stand in the message, and for a
 * write what is known of it. Immutable.
 */
public final class AlmadiaException extends RuntimeException {
  private static final int CAUSES_MAX = 20;
  private static final String DOMAIN = "almadia.dev";

  private final Status.Code code;
  private final String reason;
  private final transient Map<String, String> metadata;
  private final Outcome outcome;
  private final String operation;
  private final String where;
  private final transient @Nullable Duration retryDelay;
  private final transient @Nullable Metadata trailers;

  private AlmadiaException(
      Parsed parsed, Outcome outcome, String operation, String where, @Nullable Throwable cause) {
    super(parsed.message, cause);
    this.code = parsed.code;
    this.reason = parsed.reason;
    this.metadata = parsed.metadata;
    this.outcome = outcome;
    this.operation = operation;
    this.where = where;
    this.retryDelay = parsed.retryDelay;
    this.trailers = parsed.trailers;
  }

  private record Parsed(
      Status.Code code,
      String message,
      String reason,
      Map<String, String> metadata,
      @Nullable Duration retryDelay,
      @Nullable Metadata trailers) {}

  /** The gRPC status code. */
  public Status.Code code() {
    return code;
  }

  /** Stable reason, such as {@code NO_LEADER}; empty if the server gave none. */
  public String reason() {
    return reason;
  }

  /** Every value that stands in the message, by name. */
  public Map<String, String> metadata() {
    return metadata;
  }

  /** What is known of the write. For reads always {@link Outcome#NOT_APPLIED}. */
  public Outcome outcome() {
    return outcome;
  }

  /** The call, such as {@code CreateTopic}. */
  public String operation() {
    return operation;
  }

  /** Address of the broker that was asked, host:port; empty if none was. */
  public String where() {
    return where;
  }

  /** How long the server wants the caller to wait before the next try. */
  public Optional<Duration> retryDelay() {
    return Optional.ofNullable(retryDelay);
  }

  /** The trailers as they came, for diagnosis. */
  public Optional<Metadata> trailers() {
    return Optional.ofNullable(trailers);
  }

  /** Whether a pause and another try may help, judged by code and reason alone. */
  public boolean isTransient() {
    if (!reason.isEmpty()) {
      RetryClass retry = Reasons.retryClass(reason);
      return retry == RetryClass.RETRY_CLASS_BACKOFF
          || retry == RetryClass.RETRY_CLASS_REDIRECT
          || retry == RetryClass.RETRY_CLASS_IF_IDEMPOTENT;
    }
    return code == Status.Code.UNAVAILABLE
        || code == Status.Code.DEADLINE_EXCEEDED
        || code == Status.Code.CANCELLED
        || code == Status.Code.UNKNOWN;
  }

  /**
   * Whether what answered is no Almadia broker: a server for something else, or one of another
   * version that lacks the method.
   */
  public boolean isStranger() {
    return reason.isEmpty() && (code == Status.Code.UNIMPLEMENTED || isOtherProtocol(text(), this));
  }

  /** The words of the gRPC library for bytes that are not gRPC. */
  private static boolean isOtherProtocol(String message, @Nullable Throwable cause) {
    String text = message.toLowerCase(Locale.ROOT);
    return text.contains("http status")
        || text.contains("content-type")
        || text.contains("http2 exception")
        || isOtherGreeting(cause);
  }

  /** The first bytes that came were not HTTP/2, so nobody there has understood the request. */
  private static boolean isOtherGreeting(@Nullable Throwable error) {
    Throwable cause = error;
    for (int i = 0; i < CAUSES_MAX && cause != null; i++) {
      String text = String.valueOf(cause.getMessage());
      if (text.contains("First received frame was not SETTINGS")) {
        return true;
      }
      cause = cause.getCause();
    }
    return false;
  }

  /** The same failure with another outcome. */
  AlmadiaException withOutcome(Outcome other) {
    Parsed parsed = new Parsed(code, text(), reason, metadata, retryDelay, trailers);
    return new AlmadiaException(parsed, other, operation, where, this);
  }

  private String text() {
    String message = getMessage();
    return message == null ? "" : message;
  }

  /** A failed read. */
  static AlmadiaException ofRead(Throwable error, String operation, String where) {
    Metadata trailers = Status.trailersFromThrowable(error);
    Parsed parsed = parse(Status.fromThrowable(error), trailers);
    return new AlmadiaException(parsed, Outcome.NOT_APPLIED, operation, where, error);
  }

  /**
   * A failed write.
   *
   * @param sent whether the request may have left this process; if not, it was certainly not
   *     applied
   */
  static AlmadiaException ofWrite(Throwable error, boolean sent, String operation, String where) {
    Metadata trailers = Status.trailersFromThrowable(error);
    Parsed parsed = parse(Status.fromThrowable(error), trailers);
    Outcome outcome = writeOutcome(parsed, sent && !isOtherGreeting(error));
    return new AlmadiaException(parsed, outcome, operation, where, error);
  }

  /**
   * A failed part of a call that succeeded otherwise.
   *
   * @param outcome what is known of a write; NOT_APPLIED for reads
   * @param where broker that was asked, empty if not known
   */
  public static AlmadiaException ofPart(
      Failure failure, Outcome outcome, String operation, String where) {
    Parsed parsed =
        new Parsed(
            Status.fromCodeValue(failure.getCode()).getCode(),
            failure.getMessage(),
            failure.getReason(),
            Map.copyOf(failure.getMetadataMap()),
            null,
            null);
    return new AlmadiaException(parsed, outcome, operation, where, null);
  }

  /** A failure that this client found by itself. */
  static AlmadiaException local(
      Status.Code code, String message, Outcome outcome, String operation, String where) {
    Parsed parsed = new Parsed(code, message, "", Map.of(), null, null);
    return new AlmadiaException(parsed, outcome, operation, where, null);
  }

  private static Outcome writeOutcome(Parsed parsed, boolean sent) {
    if (!sent) {
      return Outcome.NOT_APPLIED;
    }
    if (!parsed.reason.isEmpty()) {
      return Reasons.outcome(parsed.reason);
    }
    // A server without the method did nothing. Everything else without a reason may have come from
    // the gRPC library after the request was on its way.
    return parsed.code == Status.Code.UNIMPLEMENTED ? Outcome.NOT_APPLIED : Outcome.UNKNOWN;
  }

  private static Parsed parse(Status status, @Nullable Metadata trailers) {
    String message = status.getDescription();
    if (message == null) {
      Throwable cause = status.getCause();
      message = cause == null ? status.getCode().name() : String.valueOf(cause.getMessage());
    }
    String reason = "";
    Map<String, String> metadata = Map.of();
    Duration retryDelay = null;
    com.google.rpc.Status details =
        trailers == null ? null : StatusProto.fromStatusAndTrailers(status, trailers);
    if (details != null) {
      for (Any any : details.getDetailsList()) {
        try {
          if (any.is(ErrorInfo.class)) {
            ErrorInfo info = any.unpack(ErrorInfo.class);
            if (info.getDomain().equals(DOMAIN)) {
              reason = info.getReason();
              metadata = Map.copyOf(info.getMetadataMap());
            }
          } else if (any.is(RetryInfo.class)) {
            com.google.protobuf.Duration delay = any.unpack(RetryInfo.class).getRetryDelay();
            retryDelay = Duration.ofSeconds(delay.getSeconds(), delay.getNanos());
          }
        } catch (InvalidProtocolBufferException e) {
          message = message + " (with an error detail that could not be read)";
        }
      }
    }
    return new Parsed(status.getCode(), message, reason, metadata, retryDelay, trailers);
  }
}
