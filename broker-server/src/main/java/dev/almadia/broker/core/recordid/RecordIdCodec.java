// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.recordid;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/**
 * An index as bytes: nothing if it is that of a partition that never heard of ids, else a version,
 * the setting, the log's time, and each id from the oldest on. Offsets and times count from the id
 * before, as numbers of variable length, so that an id takes some 18 bytes.
 */
final class RecordIdCodec {
  private static final int VERSION = 1;
  private static final int DIGEST_BYTES = 2 * Long.BYTES;
  private static final int NUMBER_BYTES_MAX = 10;

  /** Version, setting, time, number of ids. */
  private static final int HEAD_BYTES_MAX = 5 * NUMBER_BYTES_MAX;

  private RecordIdCodec() {}

  static byte[] encode(RecordIdIndex index) {
    if (index.isNew()) {
      return new byte[0];
    }
    IdRing ring = index.ring();
    ByteBuffer out = ByteBuffer.allocate(bytesMax(ring));
    put(out, VERSION);
    put(out, index.setting().revision());
    put(out, index.setting().windowMs());
    put(out, index.timeMs());
    put(out, ring.size());
    long offset = 0;
    long timeMs = 0;
    for (int i = 0; i < ring.size(); i++) {
      int place = ring.place(i);
      out.putLong(ring.high(place)).putLong(ring.low(place));
      put(out, ring.offset(place) - offset);
      put(out, ring.timeMs(place) - timeMs);
      offset = ring.offset(place);
      timeMs = ring.timeMs(place);
    }
    byte[] bytes = new byte[out.position()];
    out.flip().get(bytes);
    return bytes;
  }

  /** Two numbers for each id, most of them of one byte: so as not to ask for ten times too much. */
  private static int bytesMax(IdRing ring) {
    int bytes = HEAD_BYTES_MAX;
    long offset = 0;
    long timeMs = 0;
    for (int i = 0; i < ring.size(); i++) {
      int place = ring.place(i);
      bytes += DIGEST_BYTES + bytesOf(ring.offset(place) - offset);
      bytes += bytesOf(ring.timeMs(place) - timeMs);
      offset = ring.offset(place);
      timeMs = ring.timeMs(place);
    }
    return bytes;
  }

  private static int bytesOf(long value) {
    return 1 + (Long.SIZE - 1 - Long.numberOfLeadingZeros(value | 1)) / 7;
  }

  private static void put(ByteBuffer out, long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      out.put((byte) ((rest & 0x7F) | 0x80));
      rest >>>= 7;
    }
    out.put((byte) rest);
  }

  /**
   * Reads an index.
   *
   * @param from where its bytes begin
   * @return false if they are none that this version can read; the index may hold anything then
   */
  static boolean decode(byte[] bytes, int from, RecordIdIndex index) {
    index.restore(DedupSetting.NEVER, 0);
    if (from == bytes.length) {
      return true;
    }
    ByteBuffer in = ByteBuffer.wrap(bytes, from, bytes.length - from);
    try {
      if (get(in) != VERSION) {
        return false;
      }
      index.restore(new DedupSetting(get(in), get(in)), get(in));
      long offset = 0;
      long timeMs = 0;
      for (long left = get(in); left > 0; left--) {
        long high = in.getLong();
        long low = in.getLong();
        offset += get(in);
        timeMs += get(in);
        index.ring().add(high, low, offset, timeMs);
      }
      return !in.hasRemaining();
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      return false;
    }
  }

  private static long get(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      byte next = in.get();
      value |= (long) (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("a number of more than 64 bits");
  }
}
