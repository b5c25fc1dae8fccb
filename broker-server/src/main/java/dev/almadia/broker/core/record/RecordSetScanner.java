// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.record;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.v1.ErrorReason;
import org.jspecify.annotations.Nullable;

/**
 * Looks once over the bytes of a serialized RecordSet: counts records, bounds them, and proves that
 * every parser will take them, without decoding or allocating anything per record. The broker
 * stores these bytes as they are, so this is the only gate between a producer and all consumers: a
 * set that one consumer's parser refuses would stop that consumer for good.
 *
 * <p>A set that comes in pieces, because it is inflated, goes through the same: what is held of it
 * is the present record, so at most {@link #RECORD_BYTES_MAX} and a piece. One thread.
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
  static final int RECORD_ID_TAG = WireCursor.tagOf(5, WireCursor.LENGTH);
  private static final int HEADER_KEY_TAG = WireCursor.tagOf(1, WireCursor.LENGTH);
  private static final int HEADER_VALUE_TAG = WireCursor.tagOf(2, WireCursor.LENGTH);
  private static final int RECORD_FIELDS = 5;
  private static final int HEADER_FIELDS = 2;

  /** What is held of a set in pieces at first, and what it grows to: a record and a piece. */
  private static final int PIECES_BYTES = 64 << 10;

  private static final int GROWN_BYTES_MAX = RECORD_BYTES_MAX + PIECES_BYTES;

  /** Most bytes before the content of a record: tag and length. */
  private static final int RECORD_HEAD_BYTES_MAX = 20;

  // What is here of the set, up to filled. The set begins and ends at these indexes of the array:
  // outside of it where its beginning was passed, or its end did not come yet.
  private byte[] array;
  private int filled;
  private int setStart;
  private int setEnd;
  private final WireCursor cursor;
  private @Nullable BrokerError error;
  private int count;
  private long highestTimestampMs = Long.MIN_VALUE;
  private boolean someWithoutTimestamp;
  private long recordTimestampMs;

  /** Null if nobody asks for ids. */
  private final @Nullable RecordIdReader ids;

  // Of the record that is scanned; it has none if its length is 0.
  private int idOffset;
  private int idLength;

  private RecordSetScanner(byte[] array, int start, int filled, int setBytes, boolean readsIds) {
    this.array = array;
    this.filled = filled;
    this.setStart = start;
    this.setEnd = start + setBytes;
    this.cursor = new WireCursor(array, start);
    this.ids = readsIds ? new RecordIdReader() : null;
  }

  /** For a set that comes in pieces; so many bytes altogether. */
  static RecordSetScanner inPieces(int setBytes, boolean readsIds) {
    return new RecordSetScanner(
        new byte[Math.min(setBytes, PIECES_BYTES)], 0, 0, setBytes, readsIds);
  }

  /** What a scan gave. */
  public sealed interface Scan {
    /**
     * The set is sound.
     *
     * @param count number of records
     * @param highestTimestampMs highest of the timestamps that are given, Long.MIN_VALUE if none is
     * @param someWithoutTimestamp some record has none, so the append time counts for it
     * @param ids of the records, if they were asked for
     */
    record Sound(int count, long highestTimestampMs, boolean someWithoutTimestamp, RecordIds ids)
        implements Scan {}

    /** The set is not to be stored. */
    record Unsound(BrokerError error) implements Scan {}
  }

  /** Scans a serialized RecordSet, and asks for no ids. */
  public static Scan scan(ByteSlice set) {
    return scan(set, false);
  }

  /**
   * Scans a serialized RecordSet.
   *
   * @param readsIds whether the ids of its records are wanted
   */
  public static Scan scan(ByteSlice set, boolean readsIds) {
    RecordSetScanner scanner =
        new RecordSetScanner(set.array(), set.offset(), set.end(), set.length(), readsIds);
    scanner.advance();
    return scanner.end();
  }

  /** Takes the next piece. Once something was wrong, pieces are passed over. */
  void add(byte[] piece, int length) {
    if (length > setEnd - filled) {
      throw new IllegalArgumentException(
          length + " bytes where " + (setEnd - filled) + " are left");
    }
    if (error != null) {
      filled += length;
      return;
    }
    makeRoom(length);
    System.arraycopy(piece, 0, array, filled, length);
    filled += length;
    advance();
  }

  /** Forgets the records that were passed, and grows if the present one needs it. */
  private void makeRoom(int more) {
    int passed = cursor.at();
    int kept = filled - passed;
    byte[] target =
        kept + more <= array.length
            ? array
            : new byte[Math.max(kept + more, Math.min(2 * array.length, GROWN_BYTES_MAX))];
    System.arraycopy(array, passed, target, 0, kept);
    array = target;
    filled = kept;
    setStart -= passed;
    setEnd -= passed;
    cursor.moveTo(array, 0);
  }

  /** What the scan gave, when all pieces were added. */
  Scan end() {
    return error == null
        ? new Scan.Sound(
            count,
            highestTimestampMs,
            someWithoutTimestamp,
            ids == null ? RecordIds.NOT_READ : ids.ids())
        : new Scan.Unsound(error);
  }

  /** Scans the records that are here as a whole. */
  private void advance() {
    while (cursor.at() < setEnd && error == null) {
      int start = cursor.at();
      if (filled < setEnd && filled - start < RECORD_HEAD_BYTES_MAX) {
        return;
      }
      int tag = cursor.tag(setEnd);
      // An unknown field beside the records would be lost when a set is sliced.
      if (!cursor.failed() && tag != RECORD_TAG) {
        cursor.fail("field " + WireCursor.field(tag) + " is no record");
      }
      int length = cursor.length(setEnd);
      if (!cursor.failed() && length > RECORD_BYTES_MAX) {
        error = recordTooLarge(length);
        return;
      }
      if (!cursor.failed() && length > filled - cursor.at()) {
        cursor.moveTo(start);
        return;
      }
      scanRecord(cursor.at() + length);
      if (cursor.failed()) {
        error = malformed();
        return;
      }
      if (idLength > RecordIds.ID_BYTES_MAX) {
        error = recordIdTooLong(idLength);
        return;
      }
      endRecord();
    }
  }

  private void endRecord() {
    if (ids != null && idLength > 0) {
      ids.add(count, array, idOffset, idLength);
    }
    count++;
    if (recordTimestampMs == 0) {
      someWithoutTimestamp = true;
    } else {
      highestTimestampMs = Math.max(highestTimestampMs, recordTimestampMs);
    }
  }

  private void scanRecord(int end) {
    recordTimestampMs = 0;
    idLength = 0;
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
      } else if (tag == RECORD_ID_TAG) {
        idLength = cursor.length(end);
        idOffset = cursor.at();
        cursor.moveTo(idOffset + idLength);
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
    if (!cursor.failed() && !WireCursor.isUtf8(array, from, from + length)) {
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

  private BrokerError malformed() {
    return malformed(cursor.problem() + ", record " + count + ", byte " + (cursor.at() - setStart));
  }

  /** The error of a set that no reader could read. */
  static BrokerError malformed(String detail) {
    return BrokerError.of(
        ErrorReason.ERROR_REASON_MALFORMED_RECORDS,
        "The bytes are no valid record set: " + detail,
        "detail",
        detail);
  }

  private BrokerError recordIdTooLong(int length) {
    return BrokerError.of(
        ErrorReason.ERROR_REASON_RECORD_ID_TOO_LONG,
        "Record "
            + count
            + " of the batch has a record_id of "
            + length
            + " bytes; the limit is "
            + RecordIds.ID_BYTES_MAX,
        "record",
        count,
        "size",
        length,
        "limit",
        RecordIds.ID_BYTES_MAX);
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
