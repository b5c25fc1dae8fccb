// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.record;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.topics.Decision;
import dev.almadia.internal.v1.OpaqueRecordBatch;
import dev.almadia.v1.ErrorReason;

/** Checks what a producer sent, before anything is done with it. */
public final class BatchChecks {
  /** Setting that is named when a batch is too large. */
  public static final String BATCH_SETTING = "max.batch.bytes";

  private BatchChecks() {}

  /**
   * Checks a batch. The size comes first, so that nothing large is worked on in vain; the checksum
   * before the content, because flipped bits are not the producer's garbage.
   *
   * @param records the bytes of its field records
   * @param batchBytesMax the topic's limit
   */
  public static Decision<ProducedBatch> check(
      OpaqueRecordBatch batch, ByteSlice records, long batchBytesMax) {
    switch (batch.getContentCase()) {
      case COMPRESSED -> {
        return Decision.refuse(compressionIsOff());
      }
      case CONTENT_NOT_SET -> {
        return Decision.refuse(empty());
      }
      case RECORDS -> {}
    }
    if (records.length() > batchBytesMax) {
      return Decision.refuse(batchTooLarge(records.length(), batchBytesMax));
    }
    int crc = records.crc32c();
    if (batch.hasCrc32C() && batch.getCrc32C() != crc) {
      return Decision.refuse(checksumMismatch(batch.getCrc32C(), crc));
    }
    RecordSetScanner.Scan scan = RecordSetScanner.scan(records);
    if (scan instanceof RecordSetScanner.Scan.Unsound unsound) {
      return Decision.refuse(unsound.error());
    }
    RecordSetScanner.Scan.Sound sound = (RecordSetScanner.Scan.Sound) scan;
    if (batch.getRecordCount() < 0
        || (batch.getRecordCount() > 0 && batch.getRecordCount() != sound.count())) {
      return Decision.refuse(countMismatch(batch.getRecordCount(), sound.count()));
    }
    if (sound.count() == 0) {
      return Decision.refuse(empty());
    }
    return Decision.accept(
        new ProducedBatch(
            records, sound.count(), crc, sound.highestTimestampMs(), sound.someWithoutTimestamp()));
  }

  private static BrokerError compressionIsOff() {
    return BrokerError.of(
        ErrorReason.ERROR_REASON_FEATURE_NOT_ENABLED,
        "This server does not take compressed batches yet; send plain records",
        "feature",
        "compression");
  }

  private static BrokerError empty() {
    return Errors.invalid("batch.records", "", "must hold at least one record");
  }

  private static BrokerError batchTooLarge(int size, long limit) {
    return BrokerError.of(
        ErrorReason.ERROR_REASON_BATCH_TOO_LARGE,
        "The batch has " + size + " bytes; " + BATCH_SETTING + " of the topic is " + limit,
        "size",
        size,
        "limit",
        limit,
        "setting",
        BATCH_SETTING);
  }

  private static BrokerError checksumMismatch(int expected, int actual) {
    String expectedHex = Integer.toHexString(expected);
    String actualHex = Integer.toHexString(actual);
    return BrokerError.of(
        ErrorReason.ERROR_REASON_CHECKSUM_MISMATCH,
        "CRC32C of the batch is " + actualHex + ", not " + expectedHex + " as it says",
        "expected",
        expectedHex,
        "actual",
        actualHex);
  }

  private static BrokerError countMismatch(int expected, int actual) {
    return BrokerError.of(
        ErrorReason.ERROR_REASON_COUNT_MISMATCH,
        "The batch has " + actual + " records, not " + expected + " as it says",
        "expected",
        expected,
        "actual",
        actual);
  }
}
