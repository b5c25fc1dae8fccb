// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

/** Checks that hold in production too: a broken one stops the process. Any thread. */
final class Invariant {
  private Invariant() {}

  static void check(boolean holds, String what, long value) {
    if (!holds) {
      throw new IllegalStateException("invariant: " + what + " (" + value + ")");
    }
  }
}
