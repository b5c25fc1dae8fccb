// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core.log;

import dev.almadia.raft.core.EntryId;
import java.nio.ByteBuffer;

/**
 * Where a log starts: the last entry that is gone, and what must be known of it. Also the payload
 * of a {@code LOG_START} entry: a version (4 bytes), then index, term, offset and timestamp, 8
 * bytes each, big-endian.
 *
 * @param id the last entry that is gone
 * @param nextOffset record offset after it, the first one kept
 * @param maxTimestampMs highest timestamp up to it
 */
public record LogStart(EntryId id, long nextOffset, long maxTimestampMs) {
  private static final int VERSION = 1;
  private static final int BYTES = Integer.BYTES + 4 * Long.BYTES;

  /** Index of the last entry that is gone. */
  public long index() {
    return id.index();
  }

  /** The bytes. */
  public byte[] encode() {
    ByteBuffer bytes = ByteBuffer.allocate(BYTES).putInt(VERSION);
    bytes.putLong(id.index()).putLong(id.term()).putLong(nextOffset).putLong(maxTimestampMs);
    return bytes.array();
  }

  /** Whether {@link #decode} can read it. */
  public static boolean isValid(byte[] bytes) {
    return bytes.length == BYTES && ByteBuffer.wrap(bytes).getInt() == VERSION;
  }

  /**
   * The place.
   *
   * @throws IllegalArgumentException if the bytes are not one: damaged, or of a newer format
   */
  public static LogStart decode(byte[] bytes) {
    if (!isValid(bytes)) {
      throw new IllegalArgumentException("a log start of " + bytes.length + " bytes");
    }
    ByteBuffer in = ByteBuffer.wrap(bytes);
    in.getInt();
    long index = in.getLong();
    long term = in.getLong();
    return new LogStart(new EntryId(term, index), in.getLong(), in.getLong());
  }
}
