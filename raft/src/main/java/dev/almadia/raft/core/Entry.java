// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * One entry of a group's log. Immutable, safe to share between threads; nobody changes the payload
 * array after it was handed over, so it travels from the socket to the store without a copy.
 */
public final class Entry {
  private static final int CHECKED_HEADER_BYTES = 6 * Long.BYTES;
  private static final int FIXED_COST_BYTES = 64;

  private final EntryHeader header;
  private final byte[] payload;

  /**
   * Takes a header and payload as read or received, unchecked.
   *
   * @throws IllegalArgumentException if the payload's size is not the header's
   */
  public Entry(EntryHeader header, byte[] payload) {
    if (header.payloadBytes() != payload.length) {
      throw new IllegalArgumentException(
          "payload has " + payload.length + " bytes, header says " + header.payloadBytes());
    }
    this.header = header;
    this.payload = payload;
  }

  /** Makes a new entry with its checksum; the leader's append is the only place for it. */
  public static Entry seal(long groupId, EntryId id, EntryDraft draft) {
    int crc =
        checksum(
            groupId, id, draft.kind(), draft.nextOffset(), draft.maxTimestampMs(), draft.payload());
    return new Entry(
        new EntryHeader(
            id.index(),
            id.term(),
            draft.kind(),
            draft.nextOffset(),
            draft.maxTimestampMs(),
            draft.payload().length,
            crc),
        draft.payload());
  }

  /**
   * CRC32C over group id, index, term, kind, next offset, highest timestamp and payload. With the
   * group and index in it, an entry that was stored or sent to the wrong place is detected too.
   */
  public static int checksum(
      long groupId,
      EntryId id,
      EntryKind kind,
      long nextOffset,
      long maxTimestampMs,
      byte[] payload) {
    ByteBuffer head = ByteBuffer.allocate(CHECKED_HEADER_BYTES);
    head.putLong(groupId).putLong(id.index()).putLong(id.term()).putLong(kind.number());
    head.putLong(nextOffset).putLong(maxTimestampMs);
    CRC32C crc = new CRC32C();
    crc.update(head.array(), 0, CHECKED_HEADER_BYTES);
    crc.update(payload, 0, payload.length);
    return (int) crc.getValue();
  }

  /** Whether the bytes are what the leader of the entry's term made for this group and place. */
  public boolean isIntact(long groupId) {
    return header.crc32c()
        == checksum(groupId, id(), kind(), header.nextOffset(), header.maxTimestampMs(), payload);
  }

  /** Everything but the payload. */
  public EntryHeader header() {
    return header;
  }

  /** The content; not to be changed. */
  public byte[] payload() {
    return payload;
  }

  /** Term and index. */
  public EntryId id() {
    return new EntryId(header.term(), header.index());
  }

  /** Raft index. */
  public long index() {
    return header.index();
  }

  /** Term of the leader that made it. */
  public long term() {
    return header.term();
  }

  /** What it is for. */
  public EntryKind kind() {
    return header.kind();
  }

  /** Record offset after it. */
  public long nextOffset() {
    return header.nextOffset();
  }

  /** What it counts for in windows, caches and limits: payload and a fixed share for the rest. */
  public int costBytes() {
    return costBytes(payload.length);
  }

  /** What an entry with a payload of this size will count for. */
  public static int costBytes(int payloadBytes) {
    return payloadBytes + FIXED_COST_BYTES;
  }

  @Override
  public String toString() {
    return header.term() + "/" + header.index() + " " + header.kind() + "(" + payload.length + ")";
  }
}
