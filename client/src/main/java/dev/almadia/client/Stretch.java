// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

/**
 * A part of a partition to read.
 *
 * @param partition the partition, from 0
 * @param startOffset first offset wanted, from 0
 * @param endOffset first offset not wanted; {@link #NO_END} to go on for ever
 */
public record Stretch(int partition, long startOffset, long endOffset) {
  /** End of a stretch that has none. */
  public static final long NO_END = Long.MAX_VALUE;

  /** Checks the values. */
  public Stretch {
    if (partition < 0 || startOffset < 0 || endOffset < startOffset) {
      throw new IllegalArgumentException(
          "partition " + partition + ", offsets " + startOffset + " to " + endOffset);
    }
  }
}
