// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history;

/**
 * A record as somebody saw it.
 *
 * @param offset where
 * @param value what; {@link Value#DAMAGED} if its bytes were wrong
 * @param timestampMillis the record's time as time lookups use it, or {@link #NO_TIME}
 */
public record Seen(long offset, Value value, long timestampMillis) {
  /** Time of a record whose time nobody looked at. */
  public static final long NO_TIME = -1;

  /** A record whose time nobody looked at. */
  public Seen(long offset, Value value) {
    this(offset, value, NO_TIME);
  }
}
