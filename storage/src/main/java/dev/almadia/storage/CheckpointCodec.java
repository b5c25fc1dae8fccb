// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import dev.almadia.raft.core.EntryId;
import dev.almadia.raft.core.log.Checkpoint;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * What the state family keeps of a group: one row, replaced as a whole.
 *
 * <pre>
 * version 1 | term 8 | index 8 | state | crc32c of group id and all of it 4
 * </pre>
 */
final class CheckpointCodec {
  private static final byte VERSION = 1;
  private static final int HEADER_BYTES = 1 + 2 * Long.BYTES;

  private CheckpointCodec() {}

  static byte[] encode(long groupId, Checkpoint checkpoint) {
    byte[] state = checkpoint.state();
    ByteBuffer into = ByteBuffer.allocate(HEADER_BYTES + state.length + Integer.BYTES);
    into.put(VERSION).putLong(checkpoint.id().term()).putLong(checkpoint.index()).put(state);
    into.putInt(checksum(into.array(), groupId));
    return into.array();
  }

  /**
   * Reads a row.
   *
   * @throws IllegalArgumentException if it is damaged
   */
  static Checkpoint decode(long groupId, byte[] row) {
    int stateBytes = row.length - HEADER_BYTES - Integer.BYTES;
    if (stateBytes < 0) {
      throw new IllegalArgumentException("checkpoint of " + row.length + " bytes");
    }
    ByteBuffer from = ByteBuffer.wrap(row);
    if (from.getInt(row.length - Integer.BYTES) != checksum(row, groupId)) {
      throw new IllegalArgumentException("checksum of the checkpoint is wrong");
    }
    byte version = from.get();
    if (version != VERSION) {
      throw new IllegalArgumentException("checkpoint of version " + version);
    }
    EntryId id = new EntryId(from.getLong(), from.getLong());
    byte[] state = new byte[stateBytes];
    from.get(state);
    return new Checkpoint(id, state);
  }

  private static int checksum(byte[] row, long groupId) {
    CRC32C crc = new CRC32C();
    crc.update(ByteBuffer.allocate(Long.BYTES).putLong(groupId).flip());
    crc.update(row, 0, row.length - Integer.BYTES);
    return (int) crc.getValue();
  }
}
