// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.ErrorsProto;
import dev.almadia.v1.ReasonInfo;
import dev.almadia.v1.RetryClass;
import java.util.Optional;

/** What the API says about each {@link ErrorReason}. Stateless; any thread. */
public final class Reasons {
  private static final String PREFIX = "ERROR_REASON_";

  private Reasons() {}

  /** Name of a reason as it travels, such as {@code NO_LEADER}. */
  public static String name(ErrorReason reason) {
    return reason.name().substring(PREFIX.length());
  }

  /** The reason with this name as it travels; empty for names that this client does not know. */
  public static Optional<ErrorReason> find(String name) {
    for (ErrorReason reason : ErrorReason.values()) {
      if (reason != ErrorReason.UNRECOGNIZED
          && reason != ErrorReason.ERROR_REASON_UNSPECIFIED
          && name(reason).equals(name)) {
        return Optional.of(reason);
      }
    }
    return Optional.empty();
  }

  /** The annotation of a reason: its gRPC code, what to do, and the outcome of a write. */
  public static ReasonInfo info(ErrorReason reason) {
    return reason.getValueDescriptor().getOptions().getExtension(ErrorsProto.reason);
  }

  /** What a caller does about this reason; unspecified for names that this client does not know. */
  public static RetryClass retryClass(String name) {
    return find(name).map(r -> info(r).getRetry()).orElse(RetryClass.RETRY_CLASS_UNSPECIFIED);
  }

  /** What is known of a write that failed with this reason. Unknown names give UNKNOWN. */
  public static Outcome outcome(String name) {
    return find(name)
        .filter(r -> info(r).getOutcome().equals("NOT_APPLIED"))
        .map(r -> Outcome.NOT_APPLIED)
        .orElse(Outcome.UNKNOWN);
  }
}
