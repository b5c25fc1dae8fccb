// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import dev.almadia.raft.core.EntryHeader;
import dev.almadia.raft.core.EntryKind;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * An entry's header as stored; index and group are in the key.
 *
 * <pre>
 * term 8 | nextOffset 8 | maxTimestampMs 8 | payloadBytes 4 | crc32c of the entry 4 | kind 1
 * </pre>
 *
 * A row of {@code headers} ends with 4 bytes more: CRC32C over key and header, because the entry's
 * own checksum needs the payload. A row of {@code log} is the header and then the payload.
 */
final class HeaderCodec {
  /** Size of the header in a row of log. */
  static final int HEADER_BYTES = 3 * Long.BYTES + 2 * Integer.BYTES + 1;

  /** Size of a row of headers. */
  static final int ROW_BYTES = HEADER_BYTES + Integer.BYTES;

  private HeaderCodec() {}

  /** Appends the header. */
  static void put(ByteBuffer into, EntryHeader header) {
    into.putLong(header.term());
    into.putLong(header.nextOffset());
    into.putLong(header.maxTimestampMs());
    into.putInt(header.payloadBytes());
    into.putInt(header.crc32c());
    into.put((byte) header.kind().number());
  }

  /** Writes a row of headers into a cleared buffer and makes it ready to read. */
  static void putRow(ByteBuffer into, long groupId, EntryHeader header) {
    into.clear();
    put(into, header);
    into.putInt(rowChecksum(into.duplicate().flip(), groupId, header.index())).flip();
  }

  /**
   * Reads a header at the buffer's position.
   *
   * @throws IllegalArgumentException if it cannot be one
   */
  static EntryHeader get(ByteBuffer from, long index) {
    if (from.remaining() < HEADER_BYTES) {
      throw new IllegalArgumentException("row of " + from.remaining() + " bytes");
    }
    long term = from.getLong();
    long nextOffset = from.getLong();
    long maxTimestampMs = from.getLong();
    int payloadBytes = from.getInt();
    int crc = from.getInt();
    EntryKind kind = EntryKind.of(from.get());
    return new EntryHeader(index, term, kind, nextOffset, maxTimestampMs, payloadBytes, crc);
  }

  /**
   * Reads a row of headers.
   *
   * @throws IllegalArgumentException if it is damaged
   */
  static EntryHeader getRow(byte[] row, long groupId, long index) {
    if (row.length != ROW_BYTES) {
      throw new IllegalArgumentException("row of " + row.length + " bytes");
    }
    ByteBuffer from = ByteBuffer.wrap(row);
    int right = rowChecksum(ByteBuffer.wrap(row, 0, HEADER_BYTES), groupId, index);
    if (from.getInt(HEADER_BYTES) != right) {
      throw new IllegalArgumentException("header checksum is wrong");
    }
    return get(from, index);
  }

  private static int rowChecksum(ByteBuffer header, long groupId, long index) {
    CRC32C crc = new CRC32C();
    crc.update(header);
    crc.update(ByteBuffer.allocate(2 * Long.BYTES).putLong(groupId).putLong(index).flip());
    return (int) crc.getValue();
  }
}
