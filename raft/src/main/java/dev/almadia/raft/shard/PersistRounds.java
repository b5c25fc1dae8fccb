// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import dev.almadia.raft.core.Effects;
import dev.almadia.raft.core.log.Checkpoint;
import dev.almadia.raft.store.GroupWrite;
import dev.almadia.raft.store.NewReplica;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The two rounds of a shard: one open, at most one being written. Shard thread only. Whatever
 * arrives while the disk works gathers in the open one; that is the group commit, and nothing ever
 * waits for company.
 */
final class PersistRounds {
  private final LogWriter writer;
  private final long bytesMax;
  private final ShardTask completion;
  private final Consumer<ShardTask> completionPost;
  private PersistRound open = new PersistRound();
  private @Nullable PersistRound inWriting;
  private long rounds;
  private long entries;
  private long bytes;

  /**
   * Rounds of one shard.
   *
   * @param post brings a completion to the shard; called by the writer's thread
   */
  PersistRounds(LogWriter writer, long bytesMax, Consumer<ShardTask> post) {
    this.writer = writer;
    this.bytesMax = bytesMax;
    this.completionPost = post;
    this.completion = shard -> shard.roundWritten();
  }

  /**
   * Adds a group's effects to the open round, if they have anything for it.
   *
   * @return true if messages that wait for persistence need not wait, because the group has nothing
   *     on its way to the disk: then the caller sends them
   */
  boolean add(RoundOwner owner, Effects effects, boolean entriesSynced) {
    boolean writes =
        effects.hardState() != null
            || effects.reset() != null
            || effects.logStart() != null
            || effects.truncateFrom() != 0
            || !effects.appended().isEmpty()
            || effects.appendMark() != null;
    if (!writes) {
      if (effects.sendAfterPersist().isEmpty()) {
        return false;
      }
      if (!isOnTheWay(owner.groupId())) {
        return true;
      }
    }
    open.add(owner, effects, entriesSynced);
    return false;
  }

  /** Keeps a group's checkpoint, in one write with what was added in this turn. */
  void save(RoundOwner owner, Checkpoint checkpoint) {
    open.save(owner, checkpoint);
  }

  /** Whether a group has something in a round that is not written yet. */
  boolean isOnTheWay(long groupId) {
    return open.contains(groupId) || (inWriting != null && inWriting.contains(groupId));
  }

  void create(RoundOwner owner, NewReplica replica) {
    open.create(owner, replica);
  }

  void destroy(RoundOwner owner) {
    open.destroy(owner);
  }

  /** The disk is behind: no more entries may be made until it has caught up. */
  boolean isFull() {
    return open.bytes() >= bytesMax;
  }

  /** If no round is being written, hands over the open one. */
  int maybeHandOver() {
    if (inWriting != null || open.isEmpty()) {
      return 0;
    }
    PersistRound sealed = open;
    open = new PersistRound();
    List<GroupWrite> writes = sealed.writes();
    if (writes.isEmpty()) {
      return sealed.release();
    }
    inWriting = sealed;
    rounds++;
    entries += sealed.entryCount();
    bytes += sealed.bytes();
    writer.submit(
        new LogWriter.ShardRound(writes, sealed.synced(), () -> completionPost.accept(completion)));
    return writes.size();
  }

  /** The log writer is done with the round. */
  int written() {
    PersistRound done = inWriting;
    if (done == null) {
      throw new IllegalStateException("invariant: a round was written that nobody gave away");
    }
    inWriting = null;
    return done.release();
  }

  long rounds() {
    return rounds;
  }

  long entries() {
    return entries;
  }

  long bytes() {
    return bytes;
  }
}
