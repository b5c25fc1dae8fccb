// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.grpc;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.server.BrokerException;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.ErrorsProto;
import dev.almadia.v1.Failure;
import dev.almadia.v1.ReasonInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Between the broker's errors and what travels: a gRPC status with {@link ErrorInfo}, or a {@link
 * Failure} inside an answer. Code and retry class stand beside each reason in errors.proto. Any
 * thread.
 */
public final class Statuses {
  /** Domain of all reasons. */
  public static final String DOMAIN = "almadia.dev";

  private static final String PREFIX = "ERROR_REASON_";
  private static final int MESSAGE_CHARS_MAX = 1000;
  private static final long MILLIS_PER_SECOND = 1000;
  private static final int NANOS_PER_MILLI = 1_000_000;

  /** Reasons with what is known of them; read from the descriptors once. */
  private static final Map<ErrorReason, ReasonInfo> INFOS = infos();

  private Statuses() {}

  /** The error as it leaves the broker. */
  public static StatusRuntimeException toException(BrokerError error) {
    com.google.rpc.Status.Builder status =
        com.google.rpc.Status.newBuilder()
            .setCode(codeOf(error.reason()))
            .setMessage(oneLine(error.message()))
            .addDetails(
                Any.pack(
                    ErrorInfo.newBuilder()
                        .setReason(nameOf(error.reason()))
                        .setDomain(DOMAIN)
                        .putAllMetadata(error.metadata())
                        .build()));
    if (error.retryAfterMs() > 0) {
      status.addDetails(
          Any.pack(RetryInfo.newBuilder().setRetryDelay(duration(error.retryAfterMs())).build()));
    }
    return StatusProto.toStatusRuntimeException(status.build());
  }

  /** The error of one part of a call. */
  public static Failure toFailure(BrokerError error) {
    return Failure.newBuilder()
        .setCode(codeOf(error.reason()))
        .setReason(nameOf(error.reason()))
        .setMessage(oneLine(error.message()))
        .putAllMetadata(error.metadata())
        .build();
  }

  /** The error that a broker's status or exception carries; null if it carries none of ours. */
  public static @Nullable BrokerError errorOf(Throwable thrown) {
    Throwable cause = unwrap(thrown);
    if (cause instanceof BrokerException known) {
      return known.error();
    }
    com.google.rpc.Status status = StatusProto.fromThrowable(cause);
    return status == null ? null : errorOf(status);
  }

  /** What a future's exception is about. */
  public static Throwable unwrap(Throwable thrown) {
    Throwable cause = thrown;
    while (cause.getCause() != null
        && (cause instanceof CompletionException || cause instanceof ExecutionException)) {
      cause = cause.getCause();
    }
    return cause;
  }

  /** gRPC code of a reason, 1 to 16. */
  public static int codeOf(ErrorReason reason) {
    return infoOf(reason).getGrpcCode();
  }

  /** What is declared of a reason in errors.proto. */
  public static ReasonInfo infoOf(ErrorReason reason) {
    ReasonInfo info = INFOS.get(reason);
    return info == null
        ? ReasonInfo.newBuilder().setGrpcCode(Status.Code.INTERNAL.value()).build()
        : info;
  }

  /** Name of a reason as it travels. */
  public static String nameOf(ErrorReason reason) {
    return reason == ErrorReason.UNRECOGNIZED
        ? "UNRECOGNIZED"
        : reason.name().substring(PREFIX.length());
  }

  private static @Nullable BrokerError errorOf(com.google.rpc.Status status) {
    ErrorInfo info = null;
    long retryAfterMs = 0;
    try {
      for (Any detail : status.getDetailsList()) {
        if (detail.is(ErrorInfo.class)) {
          info = detail.unpack(ErrorInfo.class);
        } else if (detail.is(RetryInfo.class)) {
          retryAfterMs = millis(detail.unpack(RetryInfo.class).getRetryDelay());
        }
      }
    } catch (InvalidProtocolBufferException e) {
      return null; // somebody else's details: not ours
    }
    if (info == null || !info.getDomain().equals(DOMAIN)) {
      return null;
    }
    ErrorReason reason = reasonOf(info.getReason());
    return reason == null
        ? null
        : new BrokerError(reason, status.getMessage(), info.getMetadataMap(), retryAfterMs);
  }

  private static @Nullable ErrorReason reasonOf(String name) {
    for (ErrorReason reason : ErrorReason.values()) {
      if (nameOf(reason).equals(name)) {
        return reason;
      }
    }
    return null;
  }

  private static Map<ErrorReason, ReasonInfo> infos() {
    Map<ErrorReason, ReasonInfo> infos = new EnumMap<>(ErrorReason.class);
    for (ErrorReason reason : ErrorReason.values()) {
      if (reason != ErrorReason.UNRECOGNIZED
          && reason.getValueDescriptor().getOptions().hasExtension(ErrorsProto.reason)) {
        infos.put(
            reason, reason.getValueDescriptor().getOptions().getExtension(ErrorsProto.reason));
      }
    }
    return infos;
  }

  private static Duration duration(long millis) {
    return Duration.newBuilder()
        .setSeconds(millis / MILLIS_PER_SECOND)
        .setNanos((int) (millis % MILLIS_PER_SECOND) * NANOS_PER_MILLI)
        .build();
  }

  private static long millis(Duration duration) {
    return duration.getSeconds() * MILLIS_PER_SECOND + duration.getNanos() / NANOS_PER_MILLI;
  }

  private static String oneLine(String message) {
    String line = message.replaceAll("\\p{Cntrl}+", " ");
    return line.length() <= MESSAGE_CHARS_MAX ? line : line.substring(0, MESSAGE_CHARS_MAX) + "…";
  }
}
