// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.producer;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The state of a partition as bytes. While it remembers no record ids it is nothing but that of its
 * producers, which begins with a version of its own; else a mark that is no such version, the
 * length of the producers' bytes, these, and the ids' to the end.
 *
 * @param producers bytes of the producers
 * @param recordIdsStart where those of the ids begin
 */
@SuppressWarnings("ArrayRecordComponent") // equality is never asked for
record MachineBytes(byte[] producers, int recordIdsStart) {
  /** High, so that the versions of producers never reach it. */
  private static final byte WITH_RECORD_IDS = 100;

  private static final int HEAD_BYTES = 1 + Integer.BYTES;

  static byte[] join(byte[] producers, byte[] recordIds) {
    if (recordIds.length == 0) {
      return producers;
    }
    return ByteBuffer.allocate(HEAD_BYTES + producers.length + recordIds.length)
        .put(WITH_RECORD_IDS)
        .putInt(producers.length)
        .put(producers)
        .put(recordIds)
        .array();
  }

  /** The parts; null if the bytes have none. */
  static @Nullable MachineBytes of(byte[] state) {
    if (state.length == 0 || state[0] != WITH_RECORD_IDS) {
      return new MachineBytes(state, state.length);
    }
    if (state.length < HEAD_BYTES) {
      return null;
    }
    int length = ByteBuffer.wrap(state).getInt(1);
    if (length < 0 || length > state.length - HEAD_BYTES) {
      return null;
    }
    int end = HEAD_BYTES + length;
    return new MachineBytes(Arrays.copyOfRange(state, HEAD_BYTES, end), end);
  }
}
