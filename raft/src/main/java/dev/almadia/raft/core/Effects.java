// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.log.Checkpoint;
import dev.almadia.raft.core.log.LogStart;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link RaftCore} wants done. One buffer is reused for all groups of a shard; its owner
 * clears it between groups. Order of work for the owner:
 *
 * <ol>
 *   <li>send {@link #sendNow};
 *   <li>put hard state, truncation, entries into the open persist round, one atomic write;
 *   <li>when the round is durable: {@link RaftInput.LogPersisted} with {@link #appendMark()}, then
 *       send {@link #sendAfterPersist} (messages to itself come back as inputs). A round without
 *       anything to write but with such messages still waits for all rounds before it;
 *   <li>apply committed entries, complete reads, run loads.
 * </ol>
 */
public final class Effects {
  /**
   * Entries wanted that are no longer in memory, for a peer that is behind.
   *
   * @param term the leader's term, to be returned
   * @param peer replica that needs them, to be returned
   * @param fromIndex first index wanted
   * @param maxBytes most payload bytes; at least one entry is loaded
   */
  public record LoadRequest(long term, int peer, long fromIndex, long maxBytes) {}

  /**
   * A linearizable read may be served once everything up to {@code index} is applied.
   *
   * @param requestId as given to {@link RaftCore#requestRead}
   * @param index commit index that covers every write acknowledged before the request
   */
  public record ReadReady(long requestId, long index) {}

  /**
   * The log is wiped and starts elsewhere.
   *
   * @param start where it starts now; that entry is committed
   * @param config configuration in force there
   * @param configIndex index of its entry, 0 if it is not known
   * @param checkpoint what the owner's state machine starts anew with, as it came in the message
   */
  public record Reset(
      LogStart start, GroupConfig config, long configIndex, @Nullable Checkpoint checkpoint) {}

  @Nullable HardState hardState;
  @Nullable Reset reset;
  @Nullable LogStart logStart;
  long truncateFrom;
  final List<Entry> appended = new ArrayList<>();
  @Nullable LogMark appendMark;
  final List<Message> sendNow = new ArrayList<>();
  final List<Message> sendAfterPersist = new ArrayList<>();
  long commitIndex;
  final List<ReadReady> readsReady = new ArrayList<>();
  final List<Long> readsFailed = new ArrayList<>();
  final List<LoadRequest> loads = new ArrayList<>();
  boolean leadershipChanged;
  boolean configChanged;

  /** Hard state to persist, null if unchanged. Always synced, whatever the group's durability. */
  public @Nullable HardState hardState() {
    return hardState;
  }

  /**
   * Everything stored of the log must go before the new entries are written, in the same synced
   * write; null for no reset. The owner's state machine starts anew with the checkpoint.
   */
  public @Nullable Reset reset() {
    return reset;
  }

  /**
   * Stored entries up to this place may go now, once nobody here reads them; null for none. All of
   * them were {@link RaftCore#applied}.
   */
  public @Nullable LogStart logStart() {
    return logStart;
  }

  /** Stored entries from this index on must go before the new ones are written; 0 for none. */
  public long truncateFrom() {
    return truncateFrom;
  }

  /** Entries to persist, consecutive; they start at truncateFrom if that is set. */
  public List<Entry> appended() {
    return appended;
  }

  /** To be returned in LogPersisted; null if nothing was appended or truncated. */
  public @Nullable LogMark appendMark() {
    return appendMark;
  }

  /** Messages that promise nothing about this replica's disk. */
  public List<Message> sendNow() {
    return sendNow;
  }

  /** Messages that do, and messages to itself that stand for its own durable vote. */
  public List<Message> sendAfterPersist() {
    return sendAfterPersist;
  }

  /** New commit index, 0 if it did not move. */
  public long commitIndex() {
    return commitIndex;
  }

  /** Reads that may be served. */
  public List<ReadReady> readsReady() {
    return readsReady;
  }

  /** Ids of reads that this replica can no longer confirm. */
  public List<Long> readsFailed() {
    return readsFailed;
  }

  /** Entries to load from the store. */
  public List<LoadRequest> loads() {
    return loads;
  }

  /** Role, term, leader, or the leader's confirmation by an own-term commit changed. */
  public boolean leadershipChanged() {
    return leadershipChanged;
  }

  /** The configuration in force is another, or is of another entry. */
  public boolean configChanged() {
    return configChanged;
  }

  /** Empties it for the next group. */
  public void clear() {
    hardState = null;
    reset = null;
    logStart = null;
    truncateFrom = 0;
    appended.clear();
    appendMark = null;
    sendNow.clear();
    sendAfterPersist.clear();
    commitIndex = 0;
    readsReady.clear();
    readsFailed.clear();
    loads.clear();
    leadershipChanged = false;
    configChanged = false;
  }
}
