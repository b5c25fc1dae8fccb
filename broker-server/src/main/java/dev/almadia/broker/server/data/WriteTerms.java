// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.producer.ProducerWrite;
import org.jspecify.annotations.Nullable;

/**
 * On which terms a batch may be appended.
 *
 * @param producer who sends it, and with which sequences; null if the caller has no name
 * @param expectedNextOffset the offset that its first record must get; {@link #ANY} if it does not
 *     matter
 */
record WriteTerms(@Nullable ProducerWrite producer, long expectedNextOffset) {
  /** No offset is expected. */
  static final long ANY = -1;

  /** On any terms. */
  static final WriteTerms NONE = new WriteTerms(null, ANY);

  /** Why no such offset can be expected, null if it can, or if none is. */
  static @Nullable BrokerError refusalOf(boolean isExpected, long offset, boolean hasPartition) {
    return isExpected && (offset < 0 || !hasPartition)
        ? Errors.invalid(
            "expected_next_offset",
            String.valueOf(offset),
            "must not be negative, and needs a partition")
        : null;
  }
}
