// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

/** Something that a shard must do on its thread and that is never dropped. */
@FunctionalInterface
interface ShardTask {
  /** Shard thread. */
  void run(RaftShard shard);
}
