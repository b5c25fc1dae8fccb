// SPDX-License-Identifier: Apache-2.0
package dev.almadia.codec;

/** Numbers with the lowest byte first, as all three formats have them. */
final class LittleEndian {
  private static final int BYTE = 0xFF;

  private LittleEndian() {}

  static int int16(byte[] data, int at) {
    return (data[at] & BYTE) | (data[at + 1] & BYTE) << 8;
  }

  static int int32(byte[] data, int at) {
    return int16(data, at) | int16(data, at + 2) << 16;
  }

  static long int64(byte[] data, int at) {
    return (int32(data, at) & 0xFFFFFFFFL) | (long) int32(data, at + 4) << 32;
  }
}
