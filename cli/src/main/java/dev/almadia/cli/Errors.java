// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import dev.almadia.client.AlmadiaException;
import dev.almadia.client.Outcome;
import dev.almadia.client.Reasons;
import dev.almadia.v1.RetryClass;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Turns failures into one line and an exit code. */
final class Errors {
  private static final Set<String> BAD_RECORDS =
      Set.of(
          "RECORD_TOO_LARGE",
          "BATCH_TOO_LARGE",
          "CHECKSUM_MISMATCH",
          "COUNT_MISMATCH",
          "MALFORMED_RECORDS");

  private Errors() {}

  /** Exit code for a failed call. */
  static int exitCode(AlmadiaException e) {
    if (e.outcome() == Outcome.UNKNOWN) {
      return ExitCode.OUTCOME_UNKNOWN;
    }
    return switch (e.code()) {
      case NOT_FOUND -> ExitCode.NOT_FOUND;
      case ALREADY_EXISTS, FAILED_PRECONDITION, ABORTED, OUT_OF_RANGE -> ExitCode.PRECONDITION;
      case UNAUTHENTICATED, PERMISSION_DENIED -> ExitCode.AUTH;
      case UNAVAILABLE, DEADLINE_EXCEEDED -> ExitCode.UNAVAILABLE;
      case RESOURCE_EXHAUSTED ->
          Reasons.retryClass(e.reason()) == RetryClass.RETRY_CLASS_BACKOFF || e.reason().isEmpty()
              ? ExitCode.UNAVAILABLE
              : ExitCode.PRECONDITION;
      case INVALID_ARGUMENT -> BAD_RECORDS.contains(e.reason()) ? ExitCode.FAILED : ExitCode.USAGE;
      default -> ExitCode.FAILED;
    };
  }

  /** The line: what, where, why, what now, then the reason and where to read more. */
  static String line(String what, AlmadiaException e) {
    StringBuilder line = new StringBuilder("almadia: ").append(what).append(" failed");
    if (!e.where().isEmpty()) {
      line.append(" at ").append(e.where());
    }
    line.append(": ").append(oneLine(why(e)));
    String suggestion = e.metadata().get("did_you_mean");
    if (suggestion != null && !why(e).contains(suggestion)) {
      line.append("; did you mean '").append(suggestion).append("'?");
    }
    String now = whatNow(e);
    if (!now.isEmpty()) {
      line.append("; ").append(now);
    }
    if (e.outcome() == Outcome.UNKNOWN) {
      line.append("; outcome unknown: the write may have happened");
    }
    if (!e.reason().isEmpty()) {
      line.append("; reason=").append(e.reason());
      line.append(" see: almadia explain ").append(e.reason());
    }
    return line.toString();
  }

  /** Why it failed, without what to do about it. */
  static String why(AlmadiaException e) {
    String message = e.getMessage() == null || e.getMessage().isEmpty() ? "" : e.getMessage();
    if (!e.reason().isEmpty()) {
      return message;
    }
    if (e.isStranger()) {
      return "what answers there is no Almadia broker, or one of another version ("
          + firstCause(e, message)
          + ")";
    }
    return switch (e.code()) {
      case UNAVAILABLE -> "no broker answers (" + firstCause(e, message) + ")";
      case DEADLINE_EXCEEDED -> "no answer in time";
      default -> message.isEmpty() ? e.code().name() : message;
    };
  }

  private static String firstCause(AlmadiaException e, String message) {
    Throwable root = e;
    for (int i = 0; i < 20 && root.getCause() != null; i++) {
      root = root.getCause();
    }
    String text = root.getMessage();
    if (root instanceof java.net.UnknownHostException) {
      return "unknown host " + text;
    }
    return text == null || root instanceof io.grpc.StatusRuntimeException
        ? message
        : text.replaceFirst("^finishConnect\\S* failed with error\\(-?\\d+\\): ", "");
  }

  private static String whatNow(AlmadiaException e) {
    if (!e.reason().isEmpty()) {
      String now = Explanations.find(e.reason()).map(Explanations.Entry::now).orElse("");
      return withValues(now, e.metadata());
    }
    if (e.isStranger()) {
      return "give --server the public gRPC address of a broker (its setting listen)";
    }
    return switch (e.code()) {
      case UNAVAILABLE -> "is the broker running, and is --server right?";
      case DEADLINE_EXCEEDED -> "try again, with a longer --timeout or another --server";
      default -> "";
    };
  }

  /** Names of metadata that stand in the advice become their values. */
  private static String withValues(String now, Map<String, String> metadata) {
    String text = now;
    for (Map.Entry<String, String> value : metadata.entrySet()) {
      // Names of one word are words of the language too.
      if (value.getKey().contains("_")) {
        text = text.replace(value.getKey(), oneLine(value.getValue()));
      }
    }
    return text;
  }

  /** All that the server said, for -v; one fact a line. */
  static List<String> details(AlmadiaException e) {
    List<String> lines = new ArrayList<>();
    lines.add("  call: " + e.operation() + "  code: " + e.code() + "  outcome: " + e.outcome());
    new TreeMap<>(e.metadata()).forEach((key, value) -> lines.add("  " + key + ": " + value));
    e.retryDelay().ifPresent(delay -> lines.add("  retry after: " + delay.toMillis() + " ms"));
    e.trailers().ifPresent(trailers -> lines.addAll(trailerLines(trailers)));
    return lines;
  }

  private static List<String> trailerLines(Metadata trailers) {
    List<String> lines = new ArrayList<>();
    for (String key : trailers.keys()) {
      if (key.endsWith(Metadata.BINARY_HEADER_SUFFIX)) {
        byte[] value = trailers.get(Metadata.Key.of(key, Metadata.BINARY_BYTE_MARSHALLER));
        lines.add("  trailer " + key + ": " + (value == null ? 0 : value.length) + " bytes");
      } else {
        String value = trailers.get(Metadata.Key.of(key, Metadata.ASCII_STRING_MARSHALLER));
        lines.add("  trailer " + key + ": " + oneLine(String.valueOf(value)));
      }
    }
    return lines;
  }

  /** Text without line breaks and control characters, at most 1,000 characters. */
  static String oneLine(String text) {
    String line = text.replaceAll("\\p{Cntrl}+", " ").strip();
    return line.length() <= 1_000 ? line : line.substring(0, 1_000) + "…";
  }

  /** Whether a failure says that no broker can be reached or none answers in time. */
  static boolean isUnavailable(AlmadiaException e) {
    return e.code() == Status.Code.UNAVAILABLE || e.code() == Status.Code.DEADLINE_EXCEEDED;
  }
}
