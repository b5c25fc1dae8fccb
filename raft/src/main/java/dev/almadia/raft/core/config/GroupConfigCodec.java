// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core.config;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Bytes of a configuration, as the payload of a {@code CONFIG} entry and in the store: the format's
 * version, the target's version (8 bytes), a count for each of voters, outgoing and learners, then
 * their replica ids; 4 bytes each, big-endian. In version 2, used only where somebody is barred,
 * the barred ones follow, their count first.
 */
public final class GroupConfigCodec {
  private static final int VERSION = 1;
  private static final int VERSION_WITH_BARRED = 2;
  private static final int HEADER_INTS = 6;
  private static final int MEMBERS_MAX = 1 << 16;

  private GroupConfigCodec() {}

  /** The bytes. */
  public static byte[] encode(GroupConfig config) {
    int members = config.voters().size() + config.outgoing().size() + config.learners().size();
    boolean hasBarred = !config.barred().isEmpty();
    int ints = HEADER_INTS + members + (hasBarred ? 1 + config.barred().size() : 0);
    ByteBuffer bytes = ByteBuffer.allocate(ints * Integer.BYTES);
    bytes.putInt(hasBarred ? VERSION_WITH_BARRED : VERSION);
    bytes.putLong(config.targetVersion());
    bytes.putInt(config.voters().size());
    bytes.putInt(config.outgoing().size());
    bytes.putInt(config.learners().size());
    config.voters().forEach(bytes::putInt);
    config.outgoing().forEach(bytes::putInt);
    config.learners().forEach(bytes::putInt);
    if (hasBarred) {
      bytes.putInt(config.barred().size());
      config.barred().forEach(bytes::putInt);
    }
    return bytes.array();
  }

  /** Whether {@link #decode} can read it. */
  public static boolean isValid(byte[] bytes) {
    try {
      decode(bytes);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /**
   * The configuration.
   *
   * @throws IllegalArgumentException if the bytes are not one: damaged, or of a newer format
   */
  public static GroupConfig decode(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    if (bytes.length < HEADER_INTS * Integer.BYTES) {
      throw new IllegalArgumentException("a configuration that is too short");
    }
    int version = in.getInt();
    if (version != VERSION && version != VERSION_WITH_BARRED) {
      throw new IllegalArgumentException("configuration of version " + version);
    }
    long targetVersion = in.getLong();
    int voters = count(in);
    int outgoing = count(in);
    int learners = count(in);
    int members = voters + outgoing + learners;
    boolean hasBarred = version == VERSION_WITH_BARRED;
    checkRemaining(
        bytes, hasBarred ? in.remaining() > members * Integer.BYTES : hasInts(in, members));
    List<Integer> voterIds = read(in, voters);
    List<Integer> outgoingIds = read(in, outgoing);
    List<Integer> learnerIds = read(in, learners);
    List<Integer> barredIds = List.of();
    if (hasBarred) {
      checkRemaining(bytes, in.remaining() >= Integer.BYTES);
      int barred = count(in);
      checkRemaining(bytes, barred > 0 && hasInts(in, barred));
      barredIds = read(in, barred);
    }
    return new GroupConfig(voterIds, outgoingIds, learnerIds, targetVersion, barredIds);
  }

  private static boolean hasInts(ByteBuffer in, int ints) {
    return in.remaining() == ints * Integer.BYTES;
  }

  private static void checkRemaining(byte[] bytes, boolean holds) {
    if (!holds) {
      throw new IllegalArgumentException("a configuration of " + bytes.length + " bytes");
    }
  }

  private static int count(ByteBuffer in) {
    int count = in.getInt();
    if (count < 0 || count > MEMBERS_MAX) {
      throw new IllegalArgumentException("a configuration of " + count + " members");
    }
    return count;
  }

  private static List<Integer> read(ByteBuffer in, int count) {
    List<Integer> ids = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ids.add(in.getInt());
    }
    return ids;
  }
}
