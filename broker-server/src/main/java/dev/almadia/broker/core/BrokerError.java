// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core;

import dev.almadia.v1.ErrorReason;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Why a call cannot be done. An expected outcome, not an exception; the server turns it into a gRPC
 * status with ErrorInfo, whose code and retry class stand beside the reason in errors.proto.
 *
 * @param reason stable reason
 * @param message one line for people: what, where, why, what now
 * @param metadata every dynamic value of the message, by name
 * @param retryAfterMs pause before a retry in milliseconds, 0 if a retry makes no sense
 */
public record BrokerError(
    ErrorReason reason, String message, Map<String, String> metadata, long retryAfterMs) {
  /** Copies the map. */
  public BrokerError {
    metadata = Map.copyOf(metadata);
  }

  /**
   * An error with name-value pairs as metadata.
   *
   * @throws IllegalArgumentException if a name has no value
   */
  public static BrokerError of(ErrorReason reason, String message, Object... namesAndValues) {
    return new BrokerError(reason, message, pairs(namesAndValues), 0);
  }

  /** The same, to be retried after a pause. */
  public BrokerError retryAfter(long millis) {
    return new BrokerError(reason, message, metadata, millis);
  }

  /** The same, with one more value; one that is there already stays. */
  public BrokerError with(String name, Object value) {
    Map<String, String> more = new LinkedHashMap<>(metadata);
    var unused = more.putIfAbsent(name, String.valueOf(value));
    return new BrokerError(reason, message, more, retryAfterMs);
  }

  private static Map<String, String> pairs(Object... namesAndValues) {
    if (namesAndValues.length % 2 != 0) {
      throw new IllegalArgumentException("a name without a value");
    }
    Map<String, String> map = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      map.put(String.valueOf(namesAndValues[i]), String.valueOf(namesAndValues[i + 1]));
    }
    return map;
  }
}
