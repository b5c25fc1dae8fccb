// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.record;

import java.util.zip.CRC32C;

/**
 * A part of an array that nobody changes any more; shared, not copied.
 *
 * @param array the array
 * @param offset where the part begins
 * @param length its bytes
 */
@SuppressWarnings("ArrayRecordComponent") // equality of slices is never asked for
public record ByteSlice(byte[] array, int offset, int length) {
  /** No bytes. */
  public static final ByteSlice EMPTY = new ByteSlice(new byte[0], 0, 0);

  /** Checks the bounds. */
  public ByteSlice {
    java.util.Objects.checkFromIndexSize(offset, length, array.length);
  }

  /** All of an array. */
  public static ByteSlice of(byte[] array) {
    return new ByteSlice(array, 0, array.length);
  }

  /** A part of this one, from and to counted from its beginning. */
  public ByteSlice part(int from, int to) {
    java.util.Objects.checkFromToIndex(from, to, length);
    return new ByteSlice(array, offset + from, to - from);
  }

  /** Behind the last byte, as an index of the array. */
  public int end() {
    return offset + length;
  }

  /** CRC32C of the bytes. */
  public int crc32c() {
    CRC32C crc = new CRC32C();
    crc.update(array, offset, length);
    return (int) crc.getValue();
  }
}
