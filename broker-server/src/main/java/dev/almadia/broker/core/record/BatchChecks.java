// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.record;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.topics.Decision;
import dev.almadia.internal.v1.OpaqueRecordBatch;
import dev.almadia.v1.Codec;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.TopicConfig;

/** Checks what a producer sent, before anything is done with it. */
public final class BatchChecks {
  /** Setting that is named when a batch is too large. */
  public static final String BATCH_SETTING = "max.batch.bytes";

  /** Inflated size up to which a check is done at once, by whoever brings the batch. */
  private static final int SHORT_BYTES_MAX = 32 << 10;

  private static final int COMPRESSED_SLACK = 128;

  private BatchChecks() {}

  /**
   * Checks a batch. The size comes first, so that nothing large is worked on in vain; the checksum
   * before the content, because flipped bits are not the producer's garbage. A compressed batch is
   * inflated for it, which takes up to some 10 ms a mebibyte: see {@link #isLong}.
   *
   * @param content the bytes of its field records or compressed
   * @param topic name of the topic, for errors
   */
  public static Decision<ProducedBatch> check(
      OpaqueRecordBatch batch, ByteSlice content, String topic, TopicConfig config) {
    return switch (batch.getContentCase()) {
      case RECORDS -> checkPlain(batch, content, topic, config);
      case COMPRESSED -> checkCompressed(batch, content, topic, config);
      case CONTENT_NOT_SET -> Decision.refuse(empty());
    };
  }

  /** Whether the check takes too long for a thread that many calls share. */
  public static boolean isLong(OpaqueRecordBatch batch, ByteSlice content) {
    return batch.hasCompressed()
        && CompressedSet.read(content) instanceof CompressedSet.Reading.Sound sound
        && sound.set().uncompressedBytes() > SHORT_BYTES_MAX;
  }

  private static Decision<ProducedBatch> checkPlain(
      OpaqueRecordBatch batch, ByteSlice records, String topic, TopicConfig config) {
    if (records.length() > config.getMaxBatchBytes()) {
      return Decision.refuse(batchTooLarge(records.length(), config.getMaxBatchBytes()));
    }
    int crc = records.crc32c();
    if (batch.hasCrc32C() && batch.getCrc32C() != crc) {
      return Decision.refuse(checksumMismatch(batch.getCrc32C(), crc));
    }
    BrokerError notAllowed = TopicCodecs.refusalOf(topic, config, Codec.CODEC_UNSPECIFIED);
    if (notAllowed != null) {
      return Decision.refuse(notAllowed);
    }
    RecordSetScanner.Scan scan = RecordSetScanner.scan(records, readsIds(config));
    if (scan instanceof RecordSetScanner.Scan.Unsound unsound) {
      return Decision.refuse(unsound.error());
    }
    RecordSetScanner.Scan.Sound sound = (RecordSetScanner.Scan.Sound) scan;
    if (!isCount(batch.getRecordCount(), sound.count())) {
      return Decision.refuse(countMismatch(batch.getRecordCount(), sound.count()));
    }
    if (sound.count() == 0) {
      return Decision.refuse(empty());
    }
    return Decision.accept(
        new ProducedBatch(
            records,
            sound.count(),
            crc,
            sound.highestTimestampMs(),
            sound.someWithoutTimestamp(),
            false,
            sound.ids()));
  }

  private static Decision<ProducedBatch> checkCompressed(
      OpaqueRecordBatch batch, ByteSlice content, String topic, TopicConfig config) {
    long bytesMax = config.getMaxBatchBytes();
    if (content.length() > compressedBytesMax(bytesMax)) {
      return Decision.refuse(batchTooLarge(content.length(), bytesMax));
    }
    CompressedSet.Reading reading = CompressedSet.read(content);
    if (reading instanceof CompressedSet.Reading.Unsound unsound) {
      return Decision.refuse(RecordSetScanner.malformed(unsound.problem()));
    }
    CompressedSet set = ((CompressedSet.Reading.Sound) reading).set();
    int crc = set.data().crc32c();
    if (batch.hasCrc32C() && batch.getCrc32C() != crc) {
      return Decision.refuse(checksumMismatch(batch.getCrc32C(), crc));
    }
    BrokerError refusal = CompressedChecks.refusalOf(set, bytesMax);
    if (refusal == null) {
      refusal = TopicCodecs.refusalOf(topic, config, set.codec());
    }
    if (refusal != null) {
      return Decision.refuse(refusal);
    }
    Decision<RecordSetScanner.Scan.Sound> scan = CompressedChecks.scan(set, readsIds(config));
    if (scan instanceof Decision.Refused<RecordSetScanner.Scan.Sound> refused) {
      return Decision.refuse(refused.error());
    }
    RecordSetScanner.Scan.Sound sound =
        ((Decision.Accepted<RecordSetScanner.Scan.Sound>) scan).value();
    if (set.count() != sound.count()) {
      return Decision.refuse(countMismatch(set.count(), sound.count()));
    }
    if (!isCount(batch.getRecordCount(), sound.count())) {
      return Decision.refuse(countMismatch(batch.getRecordCount(), sound.count()));
    }
    return Decision.accept(
        new ProducedBatch(
            content,
            sound.count(),
            crc,
            sound.highestTimestampMs(),
            sound.someWithoutTimestamp(),
            true,
            sound.ids()));
  }

  /** Who remembers no ids does not pay for them. */
  private static boolean readsIds(TopicConfig config) {
    return config.getDedupWindowMs() > 0;
  }

  /**
   * Most bytes of a compressed batch: what cannot be compressed becomes a little larger, and a
   * topic may demand that it is tried.
   */
  private static long compressedBytesMax(long batchBytesMax) {
    return batchBytesMax + batchBytesMax / COMPRESSED_SLACK + COMPRESSED_SLACK;
  }

  private static boolean isCount(int declared, int actual) {
    return declared == 0 || declared == actual;
  }

  private static BrokerError empty() {
    return Errors.invalid("batch.records", "", "must hold at least one record");
  }

  static BrokerError batchTooLarge(long size, long limit) {
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
