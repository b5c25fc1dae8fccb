// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core.config;

/**
 * Identity of a replica: the broker that holds it, and which of its lives on that broker it is. A
 * replica that was removed, or whose disk was lost, never comes back; what takes its place on the
 * same broker is another replica with the next life, so it cannot vote twice or answer for entries
 * that it no longer holds (bug class 19).
 *
 * <p>Both travel as one number, which the core never takes apart: the broker id in the low 16 bits,
 * the life above. The first life's number is the broker id itself.
 */
public final class ReplicaId {
  /** Broker ids are 1 to this. */
  public static final int BROKER_ID_MAX = 0xffff;

  /** Lives are 0 to this. */
  public static final int LIFE_MAX = 0x7fff;

  private static final int LIFE_SHIFT = 16;

  private ReplicaId() {}

  /**
   * The number of a replica.
   *
   * @param brokerId 1 to {@link #BROKER_ID_MAX}
   * @param life 0 for the first replica of the group on that broker, to {@link #LIFE_MAX}
   * @throws IllegalArgumentException if one of them is out of range
   */
  public static int of(int brokerId, int life) {
    if (brokerId < 1 || brokerId > BROKER_ID_MAX || life < 0 || life > LIFE_MAX) {
      throw new IllegalArgumentException("broker " + brokerId + ", life " + life);
    }
    return life << LIFE_SHIFT | brokerId;
  }

  /** The broker that holds it. */
  public static int broker(int replicaId) {
    return replicaId & BROKER_ID_MAX;
  }

  /** Which of its lives on that broker it is. */
  public static int life(int replicaId) {
    return replicaId >>> LIFE_SHIFT;
  }

  /** For people: the broker id, with the life behind a dot unless it is the first. */
  public static String show(int replicaId) {
    return life(replicaId) == 0
        ? String.valueOf(broker(replicaId))
        : broker(replicaId) + "." + life(replicaId);
  }
}
