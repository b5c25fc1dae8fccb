// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryHeader;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * SHA-256 over consecutive entries: for each its index, term, kind, nextOffset, maxTimestampMs (8
 * bytes each), payloadBytes, crc32c (4 each), payload. Depends on nothing but the entries.
 */
public final class LogDigest {
  private static final int HEAD_BYTES = 5 * Long.BYTES + 2 * Integer.BYTES;

  private final MessageDigest sha = sha256();
  private final ByteBuffer head = ByteBuffer.allocate(HEAD_BYTES);

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** The next entry. */
  public void add(Entry entry) {
    EntryHeader header = entry.header();
    head.clear();
    head.putLong(header.index()).putLong(header.term()).putLong(header.kind().number());
    head.putLong(header.nextOffset()).putLong(header.maxTimestampMs());
    head.putInt(header.payloadBytes()).putInt(header.crc32c());
    sha.update(head.array());
    sha.update(entry.payload());
  }

  /** The hash; nothing may be added afterwards. */
  public byte[] value() {
    return sha.digest();
  }
}
