// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import com.google.protobuf.ByteString;

/**
 * Which partition a key belongs to: 32-bit murmur2 with the seed of Kafka's default partitioner,
 * without its sign, modulo the number of partitions. Brokers do the same with records whose
 * partition the caller does not name. Stateless; any thread.
 */
public final class KeyHash {
  private static final int SEED = 0x9747b28c;
  private static final int MULTIPLIER = 0x5bd1e995;
  private static final int SHIFT = 24;

  private KeyHash() {}

  /** The partition of a key among so many, at least 1. */
  public static int partition(ByteString key, int partitions) {
    return (hash(key) & Integer.MAX_VALUE) % partitions;
  }

  /** The hash of a key. */
  static int hash(ByteString key) {
    int hash = SEED ^ key.size();
    int at = 0;
    for (; at + Integer.BYTES <= key.size(); at += Integer.BYTES) {
      int word = little(key, at, Integer.BYTES) * MULTIPLIER;
      hash = (hash * MULTIPLIER) ^ ((word ^ (word >>> SHIFT)) * MULTIPLIER);
    }
    if (at < key.size()) {
      hash = (hash ^ little(key, at, key.size() - at)) * MULTIPLIER;
    }
    hash = (hash ^ (hash >>> 13)) * MULTIPLIER;
    return hash ^ (hash >>> 15);
  }

  private static int little(ByteString key, int at, int bytes) {
    int word = 0;
    for (int i = 0; i < bytes; i++) {
      word |= (key.byteAt(at + i) & 0xff) << (Byte.SIZE * i);
    }
    return word;
  }
}
