// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.record;

/**
 * Finds records in a set that was scanned when it came in. A range of records is a range of bytes,
 * because a set is nothing but its records one after the other.
 */
public final class RecordRanges {
  private RecordRanges() {}

  /**
   * Records of a set.
   *
   * @param bytes the records, a serialized RecordSet themselves
   * @param count how many
   */
  public record Range(ByteSlice bytes, int count) {}

  /**
   * Records from number {@code from} on: at least one if there is one, then as many as fit.
   *
   * @param recordsMax most records
   * @param bytesMax most bytes
   */
  public static Range range(ByteSlice set, int from, long recordsMax, long bytesMax) {
    WireCursor cursor = new WireCursor(set.array(), set.offset());
    for (int skipped = 0; skipped < from && cursor.at() < set.end(); skipped++) {
      passRecord(cursor, set.end());
    }
    int start = cursor.at();
    int stop = start;
    int count = 0;
    while (cursor.at() < set.end() && count < recordsMax) {
      passRecord(cursor, set.end());
      if (count > 0 && cursor.at() - start > bytesMax) {
        break;
      }
      stop = cursor.at();
      count++;
    }
    return new Range(set.part(start - set.offset(), stop - set.offset()), count);
  }

  /**
   * Some records of a set.
   *
   * @param numbers which, ascending
   */
  static ByteSlice pick(ByteSlice set, int[] numbers) {
    byte[] picked = new byte[set.length()];
    int length = 0;
    int number = 0;
    WireCursor cursor = new WireCursor(set.array(), set.offset());
    for (int wanted : numbers) {
      int start = cursor.at();
      for (; number <= wanted; number++) {
        start = cursor.at();
        passRecord(cursor, set.end());
      }
      System.arraycopy(set.array(), start, picked, length, cursor.at() - start);
      length += cursor.at() - start;
    }
    return new ByteSlice(picked, 0, length);
  }

  /**
   * Number of the first record at or after a time; a record without a timestamp has the append
   * time.
   *
   * @return the set's count of records if there is none
   */
  public static int firstAtOrAfter(ByteSlice set, long timestampMs, long appendTimeMs) {
    WireCursor cursor = new WireCursor(set.array(), set.offset());
    int number = 0;
    while (cursor.at() < set.end()) {
      int end = enterRecord(cursor, set.end());
      long time = timestampIn(cursor, end);
      if ((time == 0 ? appendTimeMs : time) >= timestampMs) {
        return number;
      }
      number++;
    }
    return number;
  }

  private static long timestampIn(WireCursor cursor, int end) {
    long time = 0;
    while (cursor.at() < end) {
      int tag = cursor.tag(end);
      if (tag == RecordSetScanner.TIMESTAMP_TAG) {
        time = cursor.varint(end);
      } else {
        cursor.skip(tag, end);
      }
      checkSound(cursor);
    }
    return time;
  }

  private static void passRecord(WireCursor cursor, int end) {
    cursor.moveTo(enterRecord(cursor, end));
  }

  /** Moves to the first byte of the next record; returns its end. */
  static int enterRecord(WireCursor cursor, int end) {
    int tag = cursor.tag(end);
    int length = cursor.length(end);
    checkSound(cursor);
    if (tag != RecordSetScanner.RECORD_TAG) {
      throw new IllegalStateException("no record at byte " + cursor.at());
    }
    return cursor.at() + length;
  }

  /** Sets are scanned before they are stored, and checked by checksum since. */
  static void checkSound(WireCursor cursor) {
    if (cursor.failed()) {
      throw new IllegalStateException("a stored record set is unsound: " + cursor.problem());
    }
  }
}
