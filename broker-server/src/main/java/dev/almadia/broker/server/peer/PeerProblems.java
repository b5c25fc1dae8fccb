// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.peer;

import dev.almadia.broker.server.config.Endpoint;
import io.grpc.Status;
import java.util.Locale;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says in the log why a peer cannot be reached: once when it begins or becomes another problem, and
 * then at a low rate, because an attempt is made every second. Timer thread only.
 */
final class PeerProblems {
  private static final Logger LOG = LoggerFactory.getLogger(PeerProblems.class);
  private static final long REPEAT_NANOS = 60_000_000_000L;

  private final int brokerId;
  private final LongSupplier nanoTime;
  private String last = "";
  private long lastNanos;

  PeerProblems(int brokerId, LongSupplier nanoTime) {
    this.brokerId = brokerId;
    this.nanoTime = nanoTime;
  }

  void report(Endpoint address, Status status, boolean wasUp) {
    String problem = describe(address, status);
    long now = nanoTime.getAsLong();
    if (wasUp) {
      LOG.info("lost broker {} at {}: {}", brokerId, address, problem);
    } else if (!problem.equals(last) || now - lastNanos > REPEAT_NANOS) {
      LOG.warn("no link to broker {} at {}: {}", brokerId, address, problem);
    } else {
      return;
    }
    last = problem;
    lastNanos = now;
  }

  void solved(Endpoint address) {
    LOG.info("linked to broker {} at {}", brokerId, address);
    last = "";
  }

  static String describe(Endpoint address, Status status) {
    String text = textOf(status);
    String lower = text.toLowerCase(Locale.ROOT);
    boolean stranger =
        status.getCode() == Status.Code.UNIMPLEMENTED
            || lower.contains("settings")
            || lower.contains("http2 exception")
            || lower.contains("http status")
            || lower.contains("content-type")
            || lower.contains("not an ssl")
            || lower.contains("frame");
    if (stranger) {
      return address
          + " answers, but is not the internal port of an Almadia broker ("
          + text
          + "); check initial-brokers";
    }
    if (status.getCode() == Status.Code.DEADLINE_EXCEEDED) {
      return address + " accepts connections, but does not answer as an Almadia broker";
    }
    if (status.getCode() == Status.Code.FAILED_PRECONDITION
        || status.getCode() == Status.Code.INVALID_ARGUMENT) {
      return "refused: " + text;
    }
    return text;
  }

  private static String textOf(Status status) {
    Throwable cause = status.getCause();
    while (cause != null && cause.getCause() != null) {
      cause = cause.getCause();
    }
    String description = status.getDescription();
    String detail = cause == null ? null : cause.getMessage();
    String text =
        detail != null && (description == null || status.getCode() == Status.Code.UNAVAILABLE)
            ? detail
            : description;
    return (text == null ? status.getCode().name() : text).replaceAll("\\p{Cntrl}+", " ");
  }
}
