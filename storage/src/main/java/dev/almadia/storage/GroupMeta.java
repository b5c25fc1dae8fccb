// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import dev.almadia.raft.core.EntryId;
import dev.almadia.raft.core.HardState;
import dev.almadia.raft.core.config.GroupConfig;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * What the meta family keeps of a group; rewritten as a whole when any of it changes.
 *
 * <pre>
 * version 1 | destroyed 1 | term 8 | votedFor 4 | prev term 8 | prev index 8 | startOffset 8 |
 * startTimestampMs 8 | commitIndex 8 | 3 lists of broker ids (count 4, ids 4 each) | crc32c 4
 * </pre>
 *
 * @param destroyed the group was here and is gone; its id never comes back on this directory, or it
 *     could vote twice in one term
 * @param hardState term and vote
 * @param config configuration that the group was created with
 * @param prev the entry before the first one kept
 * @param startOffset record offset before the first entry kept
 * @param startTimestampMs highest timestamp before the first entry kept, 0 if none
 * @param commitIndex known to be committed; at least prev.index, at most the last index
 */
record GroupMeta(
    boolean destroyed,
    HardState hardState,
    GroupConfig config,
    EntryId prev,
    long startOffset,
    long startTimestampMs,
    long commitIndex) {
  private static final byte VERSION = 1;
  private static final int FIXED_BYTES = 2 + 6 * Long.BYTES + 4 + 3 * 4 + 4;

  /** A group that was just created. */
  static GroupMeta created(GroupConfig config) {
    return new GroupMeta(false, HardState.INITIAL, config, EntryId.ZERO, 0, 0, 0);
  }

  GroupMeta withHardState(HardState changed) {
    return new GroupMeta(
        destroyed, changed, config, prev, startOffset, startTimestampMs, commitIndex);
  }

  GroupMeta withCommitIndex(long changed) {
    return new GroupMeta(
        destroyed, hardState, config, prev, startOffset, startTimestampMs, changed);
  }

  GroupMeta withDestroyed() {
    return new GroupMeta(true, hardState, config, EntryId.ZERO, 0, 0, 0);
  }

  /** The value, its checksum over the group id too. */
  byte[] encode(long groupId) {
    int ids = config.voters().size() + config.outgoing().size() + config.learners().size();
    ByteBuffer into = ByteBuffer.allocate(FIXED_BYTES + 4 * ids);
    into.put(VERSION).put((byte) (destroyed ? 1 : 0));
    into.putLong(hardState.term()).putInt(hardState.votedFor());
    into.putLong(prev.term()).putLong(prev.index());
    into.putLong(startOffset).putLong(startTimestampMs).putLong(commitIndex);
    putIds(into, config.voters());
    putIds(into, config.outgoing());
    putIds(into, config.learners());
    into.putInt(checksum(into.array(), groupId));
    return into.array();
  }

  /**
   * Reads a value.
   *
   * @throws IllegalArgumentException if it is damaged
   */
  static GroupMeta decode(byte[] value, long groupId) {
    if (value.length < FIXED_BYTES) {
      throw new IllegalArgumentException("meta of " + value.length + " bytes");
    }
    ByteBuffer from = ByteBuffer.wrap(value);
    if (from.getInt(value.length - Integer.BYTES) != checksum(value, groupId)) {
      throw new IllegalArgumentException("meta checksum is wrong");
    }
    byte version = from.get();
    if (version != VERSION) {
      throw new IllegalArgumentException("meta of version " + version);
    }
    boolean destroyed = from.get() != 0;
    HardState hardState = new HardState(from.getLong(), from.getInt());
    EntryId prev = new EntryId(from.getLong(), from.getLong());
    long startOffset = from.getLong();
    long startTimestampMs = from.getLong();
    long commitIndex = from.getLong();
    GroupConfig config = new GroupConfig(getIds(from), getIds(from), getIds(from));
    return new GroupMeta(
        destroyed, hardState, config, prev, startOffset, startTimestampMs, commitIndex);
  }

  private static void putIds(ByteBuffer into, List<Integer> ids) {
    into.putInt(ids.size());
    for (int id : ids) {
      into.putInt(id);
    }
  }

  private static List<Integer> getIds(ByteBuffer from) {
    int count = from.getInt();
    List<Integer> ids = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      ids.add(from.getInt());
    }
    return ids;
  }

  private static int checksum(byte[] value, long groupId) {
    CRC32C crc = new CRC32C();
    crc.update(value, 0, value.length - Integer.BYTES);
    crc.update(ByteBuffer.allocate(Long.BYTES).putLong(groupId).flip());
    return (int) crc.getValue();
  }
}
