// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.workload;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import dev.almadia.history.Outcome;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.ErrorsProto;
import dev.almadia.v1.Failure;
import dev.almadia.v1.ReasonInfo;
import dev.almadia.v1.RetryClass;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Why a call or a part of one failed, read as any client reads it: from the status and its
 * ErrorInfo, with the meaning that errors.proto gives to the reason. Immutable.
 *
 * @param code gRPC status code
 * @param reason stable reason such as NO_LEADER; empty if the status carried none of ours
 * @param metadata every value that stands in the message, by name
 * @param outcome what is known of a write that failed so
 * @param message one line for people
 */
record Problem(
    Status.Code code,
    String reason,
    SortedMap<String, String> metadata,
    Outcome outcome,
    String message) {
  private static final String DOMAIN = "almadia.dev";
  private static final String PREFIX = "ERROR_REASON_";
  private static final SortedMap<String, ReasonInfo> REASONS = reasons();

  private static SortedMap<String, ReasonInfo> reasons() {
    SortedMap<String, ReasonInfo> reasons = new TreeMap<>();
    for (ErrorReason reason : ErrorReason.values()) {
      if (reason != ErrorReason.UNRECOGNIZED && reason != ErrorReason.ERROR_REASON_UNSPECIFIED) {
        reasons.put(
            reason.name().substring(PREFIX.length()),
            reason.getValueDescriptor().getOptions().getExtension(ErrorsProto.reason));
      }
    }
    return reasons;
  }

  /**
   * A failed call.
   *
   * @param sent whether the request got as far as a connection; if not, no broker has seen it
   */
  static Problem ofCall(Throwable error, boolean sent) {
    Status status = Status.fromThrowable(error);
    ErrorInfo info = infoOf(error);
    String reason = info == null ? "" : info.getReason();
    SortedMap<String, String> metadata =
        info == null ? new TreeMap<>() : new TreeMap<>(info.getMetadataMap());
    Outcome outcome = sent ? outcomeOf(status.getCode(), reason) : Outcome.NOT_APPLIED;
    String text = status.getDescription();
    return new Problem(status.getCode(), reason, metadata, outcome, text == null ? "" : text);
  }

  /** A failed part of a call that succeeded otherwise. */
  static Problem ofPart(Failure failure) {
    Status.Code code = Status.fromCodeValue(failure.getCode()).getCode();
    return new Problem(
        code,
        failure.getReason(),
        new TreeMap<>(failure.getMetadataMap()),
        outcomeOf(code, failure.getReason()),
        failure.getMessage());
  }

  private static @Nullable ErrorInfo infoOf(Throwable error) {
    com.google.rpc.Status details = StatusProto.fromThrowable(error);
    if (details == null) {
      return null;
    }
    ErrorInfo found = null;
    for (Any any : details.getDetailsList()) {
      try {
        ErrorInfo info = any.is(ErrorInfo.class) ? any.unpack(ErrorInfo.class) : null;
        if (info != null && info.getDomain().equals(DOMAIN)) {
          found = info;
        }
      } catch (InvalidProtocolBufferException e) {
        return null;
      }
    }
    return found;
  }

  /** What errors.proto says; without a reason the gRPC library may have made the status itself. */
  private static Outcome outcomeOf(Status.Code code, String reason) {
    ReasonInfo info = REASONS.get(reason);
    boolean refused =
        info == null
            ? reason.isEmpty() && code == Status.Code.UNIMPLEMENTED
            : info.getOutcome().equals("NOT_APPLIED");
    return refused ? Outcome.NOT_APPLIED : Outcome.UNKNOWN;
  }

  /** The gRPC code that goes with the reason, null for a reason that errors.proto does not have. */
  Status.@Nullable Code codeOfReason() {
    ReasonInfo info = REASONS.get(reason);
    return info == null ? null : Status.fromCodeValue(info.getGrpcCode()).getCode();
  }

  /** Whether a pause and another try may help. */
  boolean mayPass() {
    ReasonInfo info = REASONS.get(reason);
    if (info != null) {
      return info.getRetry() == RetryClass.RETRY_CLASS_BACKOFF
          || info.getRetry() == RetryClass.RETRY_CLASS_REDIRECT
          || info.getRetry() == RetryClass.RETRY_CLASS_IF_IDEMPOTENT
          || info.getRetry() == RetryClass.RETRY_CLASS_OPERATOR;
    }
    return true;
  }

  /** Whether no broker said it: the connection broke, or the time was over. */
  boolean isOfLibrary() {
    return reason.isEmpty();
  }

  /** Whether it is this reason. */
  boolean is(String name) {
    return reason.equals(name);
  }

  /** A number of the metadata, -1 if it is not there. */
  long number(String name) {
    String text = metadata.get(name);
    return text == null || !text.matches("[0-9]{1,18}") ? -1 : Long.parseLong(text);
  }

  @Override
  public String toString() {
    return code + (reason.isEmpty() ? "" : "/" + reason) + ": " + message;
  }
}
