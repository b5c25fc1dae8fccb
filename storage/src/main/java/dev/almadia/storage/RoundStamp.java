// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import java.nio.ByteBuffer;

/**
 * What every round carries as its first operation: a put of key 0x01 in family meta.
 *
 * <pre>
 * magic 8 | incarnation 8 | round 8 | last synced round 8
 * </pre>
 *
 * The scan of the write-ahead log finds it at a fixed place in each record, and the family keeps
 * the newest, so that an opened store knows how far it got. The incarnation is random, so that
 * nobody can produce events that look like a round.
 *
 * @param incarnation first half of the directory's incarnation
 * @param round number of the round; without gaps over the whole life of the directory
 * @param syncedRound when this round was written, all rounds up to this one were on stable storage
 */
record RoundStamp(long incarnation, long round, long syncedRound) {
  /** Tells it from anything else. */
  static final long MAGIC = 0x414C_4D41_524F_554EL;

  /** Size of the value. */
  static final int BYTES = 4 * Long.BYTES;

  byte[] encode() {
    return ByteBuffer.allocate(BYTES)
        .putLong(MAGIC)
        .putLong(incarnation)
        .putLong(round)
        .putLong(syncedRound)
        .array();
  }

  /**
   * Reads a stamp.
   *
   * @throws IllegalArgumentException if it is none
   */
  static RoundStamp decode(ByteBuffer from) {
    if (from.remaining() != BYTES || from.getLong() != MAGIC) {
      throw new IllegalArgumentException("not a round record");
    }
    return new RoundStamp(from.getLong(), from.getLong(), from.getLong());
  }
}
