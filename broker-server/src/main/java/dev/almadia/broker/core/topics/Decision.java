// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.topics;

import dev.almadia.broker.core.BrokerError;

/**
 * What a check gave: a value to go on with, or why not.
 *
 * @param <T> the value
 */
public sealed interface Decision<T> {
  /** Allowed. */
  record Accepted<T>(T value) implements Decision<T> {}

  /** Refused. */
  record Refused<T>(BrokerError error) implements Decision<T> {}

  /** A value. */
  static <T> Decision<T> accept(T value) {
    return new Accepted<>(value);
  }

  /** A refusal. */
  static <T> Decision<T> refuse(BrokerError error) {
    return new Refused<>(error);
  }
}
