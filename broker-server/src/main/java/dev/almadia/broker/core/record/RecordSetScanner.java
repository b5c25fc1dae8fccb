// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.record;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.v1.ErrorReason;

/**
 * Looks once over the bytes of a serialized RecordSet: counts records, bounds them, and proves that
 * every parser will take them, without decoding or allocating anything per record. The broker
 * stores these bytes as they are, so this is the only gate between a producer and all consumers: a
 * set that one consumer's parser refuses would stop that consumer for good.
 */
public final class RecordSetScanner {
  /** Largest record, in bytes of its serialized form. */
  public static final int RECORD_BYTES_MAX = 1 << 20;

  /** Setting that is named when a record is too large. */
  public static final String RECORD_SETTING = "max.record.bytes";

  static final int RECORD_TAG = WireCursor.tagOf(1, WireCursor.LENGTH);
  static final int KEY_TAG = WireCursor.tagOf(1, WireCursor.LENGTH);
  private static final int VALUE_TAG = WireCursor.tagOf(2, WireCursor.LENGTH);
  private static final int HEADER_TAG = WireCursor.tagOf(3, WireCursor.LENGTH);
  static final int TIMESTAMP_TAG = WireCursor.tagOf(4, WireCursor.VARINT);
  private static final int HEADER_KEY_TAG = WireCursor.tagOf(1, WireCursor.LENGTH);
  private static final int HEADER_VALUE_TAG = WireCursor.tagOf(2, WireCursor.LENGTH);
  private static final int RECORD_FIELDS = 4;
  private static final int HEADER_FIELDS = 2;

  private final ByteSlice set;
  private final WireCursor cursor;
  private int count;
  private long highestTimestampMs = Long.MIN_VALUE;
  private boolean someWithoutTimestamp;
  private long recordTimestampMs;

  private RecordSetScanner(ByteSlice set) {
    this.set = set;
    this.cursor = new WireCursor(set.array(), set.offset());
  }

  /** What a scan gave. */
  public sealed interface Scan {
    /**
     * The set is sound.
     *
     * @param count number of records
     * @param highestTimestampMs highest of the timestamps that are given, Long.MIN_VALUE if none is
     * @param someWithoutTimestamp some record has none, so the append time counts for it
     */
    record Sound(int count, long highestTimestampMs, boolean someWithoutTimestamp)
        implements Scan {}

    /** The set is not to be stored. */
    record Unsound(BrokerError error) implements Scan {}
  }

  /** Scans a serialized RecordSet. */
  public static Scan scan(ByteSlice set) {
    return new RecordSetScanner(set).run();
  }

  private Scan run() {
    int end = set.end();
    while (cursor.at() < end) {
      int tag = cursor.tag(end);
      // An unknown field beside the records would be lost when a set is sliced.
      if (!cursor.failed() && tag != RECORD_TAG) {
        cursor.fail("field " + WireCursor.field(tag) + " is no record");
      }
      int length = cursor.length(end);
      if (cursor.failed()) {
        return malformed();
      }
      if (length > RECORD_BYTES_MAX) {
        return new Scan.Unsound(recordTooLarge(length));
      }
      scanRecord(cursor.at() + length);
      if (cursor.failed()) {
        return malformed();
      }
      endRecord();
    }
    return new Scan.Sound(count, highestTimestampMs, someWithoutTimestamp);
  }

  private void endRecord() {
    count++;
    if (recordTimestampMs == 0) {
      someWithoutTimestamp = true;
    } else {
      highestTimestampMs = Math.max(highestTimestampMs, recordTimestampMs);
    }
  }

  private void scanRecord(int end) {
    recordTimestampMs = 0;
    while (cursor.at() < end && !cursor.failed()) {
      int tag = cursor.tag(end);
      if (cursor.failed()) {
        return;
      }
      if (tag == KEY_TAG || tag == VALUE_TAG) {
        cursor.skip(tag, end);
      } else if (tag == TIMESTAMP_TAG) {
        recordTimestampMs = cursor.varint(end);
      } else if (tag == HEADER_TAG) {
        int length = cursor.length(end);
        scanHeader(cursor.at() + length);
      } else {
        skipUnknown(tag, RECORD_FIELDS, end);
      }
    }
  }

  private void scanHeader(int end) {
    while (cursor.at() < end && !cursor.failed()) {
      int tag = cursor.tag(end);
      if (cursor.failed()) {
        return;
      }
      if (tag == HEADER_KEY_TAG) {
        scanName(end);
      } else if (tag == HEADER_VALUE_TAG) {
        cursor.skip(tag, end);
      } else {
        skipUnknown(tag, HEADER_FIELDS, end);
      }
    }
  }

  private void scanName(int end) {
    int length = cursor.length(end);
    int from = cursor.at();
    if (!cursor.failed() && !WireCursor.isUtf8(set.array(), from, from + length)) {
      cursor.fail("the name of a header is not UTF-8");
    }
    cursor.moveTo(from + length);
  }

  /** Fields of later versions may pass; known ones of another type are garbage. */
  private void skipUnknown(int tag, int known, int end) {
    if (WireCursor.field(tag) <= known) {
      cursor.fail("field " + WireCursor.field(tag) + " has the wrong type");
      return;
    }
    cursor.skip(tag, end);
  }

  private Scan malformed() {
    String detail =
        cursor.problem() + ", record " + count + ", byte " + (cursor.at() - set.offset());
    return new Scan.Unsound(
        BrokerError.of(
            ErrorReason.ERROR_REASON_MALFORMED_RECORDS,
            "The bytes are no valid record set: " + detail,
            "detail",
            detail));
  }

  private BrokerError recordTooLarge(int length) {
    return BrokerError.of(
        ErrorReason.ERROR_REASON_RECORD_TOO_LARGE,
        "Record "
            + count
            + " of the batch has "
            + length
            + " bytes; "
            + RECORD_SETTING
            + " is "
            + RECORD_BYTES_MAX,
        "size",
        length,
        "limit",
        RECORD_BYTES_MAX,
        "setting",
        RECORD_SETTING);
  }
}
