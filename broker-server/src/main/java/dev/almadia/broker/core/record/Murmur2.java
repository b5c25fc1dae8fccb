// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.record;

/**
 * 32-bit murmur2 with the seed of Kafka's default partitioner, so that a key goes to the partition
 * of the same number as there.
 */
public final class Murmur2 {
  private static final int SEED = 0x9747b28c;
  private static final int M = 0x5bd1e995;
  private static final int R = 24;

  private Murmur2() {}

  /** Hash of a part of an array. */
  public static int hash(byte[] data, int offset, int length) {
    int h = SEED ^ length;
    int end = offset + length;
    int at = offset;
    for (; end - at >= Integer.BYTES; at += Integer.BYTES) {
      int k =
          (data[at] & 0xff)
              | (data[at + 1] & 0xff) << 8
              | (data[at + 2] & 0xff) << 16
              | (data[at + 3] & 0xff) << 24;
      k *= M;
      k ^= k >>> R;
      k *= M;
      h *= M;
      h ^= k;
    }
    for (int rest = end - at - 1; rest >= 0; rest--) {
      h ^= (data[at + rest] & 0xff) << (Byte.SIZE * rest);
      if (rest == 0) {
        h *= M;
      }
    }
    h ^= h >>> 13;
    h *= M;
    h ^= h >>> 15;
    return h;
  }

  /** Partition of a key. */
  public static int partition(byte[] data, int offset, int length, int partitions) {
    return (hash(data, offset, length) & 0x7fffffff) % partitions;
  }
}
