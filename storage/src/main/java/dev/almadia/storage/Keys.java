// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import java.nio.ByteBuffer;

/**
 * Keys of all families; numbers are big-endian, so that byte order is number order (group ids and
 * indexes are never negative).
 *
 * <pre>
 * log, headers   group 8 | index 8
 * state          group 8             CheckpointCodec
 * meta           0x01                round record, see RoundStamp; first operation of every round
 * meta           0x02 | group 8      GroupMeta
 * </pre>
 */
final class Keys {
  /** Size of a key in log and headers. */
  static final int ENTRY_KEY_BYTES = 2 * Long.BYTES;

  /** Size of a group's key in meta. */
  static final int GROUP_KEY_BYTES = 1 + Long.BYTES;

  private static final byte ROUND_PREFIX = 0x01;
  private static final byte GROUP_PREFIX = 0x02;

  private Keys() {}

  static byte[] entry(long groupId, long index) {
    return ByteBuffer.allocate(ENTRY_KEY_BYTES).putLong(groupId).putLong(index).array();
  }

  static void putEntry(ByteBuffer into, long groupId, long index) {
    into.clear();
    into.putLong(groupId).putLong(index).flip();
  }

  static byte[] group(long groupId) {
    return ByteBuffer.allocate(GROUP_KEY_BYTES).put(GROUP_PREFIX).putLong(groupId).array();
  }

  static byte[] state(long groupId) {
    return ByteBuffer.allocate(Long.BYTES).putLong(groupId).array();
  }

  static byte[] round() {
    return new byte[] {ROUND_PREFIX};
  }

  /** Before the first group's key in meta. */
  static byte[] groupsStart() {
    return new byte[] {GROUP_PREFIX};
  }

  static boolean isGroup(byte[] key) {
    return key.length == GROUP_KEY_BYTES && key[0] == GROUP_PREFIX;
  }

  static long groupOfMeta(byte[] key) {
    return ByteBuffer.wrap(key).getLong(1);
  }

  static long groupOfEntry(byte[] key) {
    return ByteBuffer.wrap(key).getLong(0);
  }

  static long indexOfEntry(byte[] key) {
    return ByteBuffer.wrap(key).getLong(Long.BYTES);
  }
}
