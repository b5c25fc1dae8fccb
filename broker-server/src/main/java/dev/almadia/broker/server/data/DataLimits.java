// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

/**
 * Bounds of the data services.
 *
 * @param produceBytesMax bytes of batches that this broker has taken and not answered, over all
 *     callers; beyond it calls are refused with THROTTLED
 * @param streamBytesMax unacknowledged bytes of one ProduceStream
 * @param streamBatchesMax unacknowledged batches of one ProduceStream
 * @param retryMs how long a call waits in the broker for a leader, in milliseconds
 */
public record DataLimits(
    long produceBytesMax, long streamBytesMax, int streamBatchesMax, long retryMs) {
  /** What a broker uses if nothing else is configured. */
  public static final DataLimits DEFAULT = new DataLimits(256L << 20, 16L << 20, 512, 5_000);
}
