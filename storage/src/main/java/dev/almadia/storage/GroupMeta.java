// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import dev.almadia.raft.core.EntryId;
import dev.almadia.raft.core.HardState;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.config.GroupConfigCodec;
import dev.almadia.raft.core.log.LogStart;
import dev.almadia.raft.store.LogReset;
import dev.almadia.raft.store.NewReplica;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * What the meta family keeps of a group; rewritten as a whole when any of it changes.
 *
 * <pre>
 * version 1 | destroyed 1 | selfId 4 | term 8 | votedFor 4 | prev term 8 | prev index 8 |
 * startOffset 8 | startTimestampMs 8 | commitIndex 8 |
 * configurations: count 4, for each index 8, length 4, bytes of GroupConfigCodec | crc32c 4
 * </pre>
 *
 * @param destroyed the group was here and is gone; as this replica it never comes back on this
 *     directory, or it could vote twice in one term
 * @param selfId replica id that it was created with
 * @param hardState term and vote
 * @param prev the entry before the first one kept
 * @param startOffset record offset before the first entry kept
 * @param startTimestampMs highest timestamp before the first entry kept, 0 if none
 * @param commitIndex known to be committed; at least prev.index, at most the last index
 * @param configs ascending: the newest one at or below commitIndex, and all later ones of the log
 */
record GroupMeta(
    boolean destroyed,
    int selfId,
    HardState hardState,
    EntryId prev,
    long startOffset,
    long startTimestampMs,
    long commitIndex,
    List<PlacedConfig> configs) {
  private static final byte VERSION = 2;
  private static final int FIXED_BYTES = 2 + 6 * Long.BYTES + 4 * Integer.BYTES;
  private static final int CONFIG_BYTES = Long.BYTES + Integer.BYTES;

  GroupMeta {
    configs = List.copyOf(configs);
  }

  /** A group that was just created. */
  static GroupMeta created(NewReplica replica) {
    return new GroupMeta(
        false,
        replica.selfId(),
        HardState.INITIAL,
        EntryId.ZERO,
        0,
        0,
        0,
        List.of(new PlacedConfig(0, replica.config())));
  }

  /** The configuration at or below commitIndex. */
  PlacedConfig committedConfig() {
    return configs.get(0);
  }

  GroupMeta withHardState(HardState changed) {
    return new GroupMeta(
        destroyed, selfId, changed, prev, startOffset, startTimestampMs, commitIndex, configs);
  }

  GroupMeta withCommitIndex(long changed) {
    int kept = 0;
    while (kept + 1 < configs.size() && configs.get(kept + 1).index() <= changed) {
      kept++;
    }
    return new GroupMeta(
        destroyed,
        selfId,
        hardState,
        prev,
        startOffset,
        startTimestampMs,
        changed,
        configs.subList(kept, configs.size()));
  }

  /** The log has one more configuration, at its end. */
  GroupMeta withConfig(PlacedConfig added) {
    List<PlacedConfig> changed = new ArrayList<>(configs);
    changed.add(added);
    return withConfigs(changed);
  }

  /** The log was cut from this index on, which is above commitIndex. */
  GroupMeta withoutConfigsFrom(long index) {
    return configs.get(configs.size() - 1).index() < index
        ? this
        : withConfigs(configs.stream().filter(config -> config.index() < index).toList());
  }

  private GroupMeta withConfigs(List<PlacedConfig> changed) {
    return new GroupMeta(
        destroyed, selfId, hardState, prev, startOffset, startTimestampMs, commitIndex, changed);
  }

  /** The log starts behind an entry that is committed. */
  GroupMeta withStart(LogStart start) {
    return new GroupMeta(
        destroyed,
        selfId,
        hardState,
        start.id(),
        start.nextOffset(),
        start.maxTimestampMs(),
        commitIndex,
        configs);
  }

  /** Nothing of the log is left, and it starts elsewhere. */
  GroupMeta withReset(LogReset reset) {
    LogStart start = reset.start();
    return new GroupMeta(
        destroyed,
        selfId,
        hardState,
        start.id(),
        start.nextOffset(),
        start.maxTimestampMs(),
        start.index(),
        List.of(new PlacedConfig(reset.configIndex(), reset.config())));
  }

  GroupMeta withDestroyed() {
    List<PlacedConfig> none = List.of(new PlacedConfig(0, GroupConfig.UNKNOWN));
    return new GroupMeta(true, selfId, hardState, EntryId.ZERO, 0, 0, 0, none);
  }

  /** The value, its checksum over the group id too. */
  byte[] encode(long groupId) {
    List<byte[]> encoded = new ArrayList<>(configs.size());
    int bytes = FIXED_BYTES;
    for (PlacedConfig config : configs) {
      byte[] one = GroupConfigCodec.encode(config.config());
      encoded.add(one);
      bytes += CONFIG_BYTES + one.length;
    }
    ByteBuffer into = ByteBuffer.allocate(bytes);
    into.put(VERSION).put((byte) (destroyed ? 1 : 0)).putInt(selfId);
    into.putLong(hardState.term()).putInt(hardState.votedFor());
    into.putLong(prev.term()).putLong(prev.index());
    into.putLong(startOffset).putLong(startTimestampMs).putLong(commitIndex);
    into.putInt(configs.size());
    for (int i = 0; i < configs.size(); i++) {
      into.putLong(configs.get(i).index()).putInt(encoded.get(i).length).put(encoded.get(i));
    }
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
    int selfId = from.getInt();
    HardState hardState = new HardState(from.getLong(), from.getInt());
    EntryId prev = new EntryId(from.getLong(), from.getLong());
    long startOffset = from.getLong();
    long startTimestampMs = from.getLong();
    long commitIndex = from.getLong();
    List<PlacedConfig> configs = new ArrayList<>();
    for (int left = from.getInt(); left > 0; left--) {
      long index = from.getLong();
      byte[] config = new byte[from.getInt()];
      from.get(config);
      configs.add(new PlacedConfig(index, GroupConfigCodec.decode(config)));
    }
    if (configs.isEmpty()) {
      throw new IllegalArgumentException("meta without a configuration");
    }
    return new GroupMeta(
        destroyed, selfId, hardState, prev, startOffset, startTimestampMs, commitIndex, configs);
  }

  private static int checksum(byte[] value, long groupId) {
    CRC32C crc = new CRC32C();
    crc.update(value, 0, value.length - Integer.BYTES);
    crc.update(ByteBuffer.allocate(Long.BYTES).putLong(groupId).flip());
    return (int) crc.getValue();
  }
}
