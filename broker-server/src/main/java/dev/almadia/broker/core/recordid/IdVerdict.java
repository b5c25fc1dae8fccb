// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.recordid;

/** What a leader says to the ids of a batch. */
public sealed interface IdVerdict {
  /** No record is known: all are to be appended. */
  record Append() implements IdVerdict {}

  /** Nobody has read the batch's ids, and they matter. */
  record Unread() implements IdVerdict {}

  /**
   * Some or all records are there already, or are the same as others of the batch.
   *
   * @param originals which they are, and where the originals are
   */
  record Known(Originals originals) implements IdVerdict {}

  /**
   * More ids than may be remembered.
   *
   * @param windowMs how long they are
   * @param oldestMs when the oldest of them was appended, in milliseconds since 1970; -1 if there
   *     is none
   */
  record Full(long windowMs, long oldestMs) implements IdVerdict {}
}
