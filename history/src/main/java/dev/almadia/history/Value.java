// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * What a test record carries so that it can be judged: who wrote it, which of his it is, for which
 * incarnation of the topic, and a checksum over all bytes, padding included. Immutable.
 *
 * <p>Layout, big endian: CRC32C of the rest (4), length of everything (4), client (4), sequence
 * (8), topic id (8), padding. The padding depends on its position and on the sequence, so bytes
 * that change places are seen as well.
 *
 * @param client number of the writer, at least 0
 * @param sequence unique per client in the whole history
 * @param topicId incarnation of the topic that the writer meant
 */
public record Value(int client, long sequence, long topicId) {
  /** Bytes of a value without padding. */
  public static final int HEADER_BYTES = 28;

  /** What {@link #decode} gives for bytes that no writer made. */
  public static final Value DAMAGED = new Value(Integer.MIN_VALUE, -1, -1);

  /** Whether the bytes were not those of a sound value. */
  public boolean damaged() {
    return client == Integer.MIN_VALUE;
  }

  /** The bytes without padding. */
  public byte[] encode() {
    return encode(HEADER_BYTES);
  }

  /**
   * The bytes, padded.
   *
   * @param sizeBytes size of the result; smaller ones than {@link #HEADER_BYTES} give that
   */
  public byte[] encode(int sizeBytes) {
    if (damaged()) {
      throw new IllegalStateException("A damaged value has no bytes.");
    }
    byte[] bytes = new byte[Math.max(sizeBytes, HEADER_BYTES)];
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    buffer.position(4);
    buffer.putInt(bytes.length).putInt(client).putLong(sequence).putLong(topicId);
    for (int i = HEADER_BYTES; i < bytes.length; i++) {
      bytes[i] = (byte) (31L * i + sequence);
    }
    buffer.putInt(0, checksum(bytes));
    return bytes;
  }

  /** Reads a value; {@link #DAMAGED} if length or checksum are wrong. Never throws. */
  public static Value decode(byte[] bytes) {
    if (bytes.length < HEADER_BYTES) {
      return DAMAGED;
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    if (buffer.getInt() != checksum(bytes) || buffer.getInt() != bytes.length) {
      return DAMAGED;
    }
    return new Value(buffer.getInt(), buffer.getLong(), buffer.getLong());
  }

  private static int checksum(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 4, bytes.length - 4);
    return (int) crc.getValue();
  }

  /** "value 2:17" (client and sequence), for people. */
  @Override
  public String toString() {
    return damaged() ? "damaged bytes" : "value " + client + ":" + sequence;
  }
}
