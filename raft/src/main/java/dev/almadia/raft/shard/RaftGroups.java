// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.PeerStatus;
import dev.almadia.raft.core.config.MemberTarget;
import dev.almadia.raft.store.RestoredGroup;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * All groups of a broker, whichever shard they run on. Any thread may call; nothing blocks. What
 * needs the shard goes through its bounded mailbox.
 */
public interface RaftGroups {
  /**
   * Starts a replica: a new one (created durably before its first message leaves), or one found by
   * the store. Idempotent: a group that runs is left as it is.
   *
   * <p>A group that was found damaged does not run. It begins anew, without anything that it had,
   * when it is opened again as a new one of a later life; as any other it is left as it is.
   *
   * @param restored what the store found; null for a new group
   */
  void open(GroupSpec spec, @Nullable RestoredGroup restored);

  /**
   * Stops a replica; its proposals and reads fail.
   *
   * @param destroy also remove its data, leaving a tombstone; also of a group that was found
   *     damaged. If its life cannot be read, it is taken to be that of the spec that it was opened
   *     with
   */
  void close(long groupId, boolean destroy);

  /** Proposes; the proposal hears of its fate in every case, also when the mailbox is full. */
  void propose(long groupId, Proposal proposal);

  /** Asks for a linearizable read. */
  void read(long groupId, ReadCallback callback);

  /** Hands leadership to the voter on that broker, if this replica leads and there is one. */
  void transferLeadership(long groupId, int toBroker);

  /**
   * The members that the group is to have in the end. Whoever leads it brings it there in safe
   * steps; every replica may be told, and remembers it until another target comes or it stops.
   */
  void setTarget(long groupId, MemberTarget target);

  /**
   * Lets all replicas forget everything up to an entry, if this one leads and that entry is
   * committed. Nothing happens if it does not lead, if the log starts there or behind already, or
   * if the group's state machine wants entries: what it derives from them would be lost. Seen in
   * {@link GroupView#firstIndex} a moment later; to be said again until it is.
   *
   * @param index the last one to go
   */
  void advanceLogStart(long groupId, long index);

  /**
   * Makes the replica here lead these voters, without asking anybody: for a group whose quorum is
   * lost for ever. Unsafe, see {@link dev.almadia.raft.core.RaftCore#forceConfig}: what was
   * committed and is not in its log is lost; of several survivors it must be the one with the
   * greatest last entry; all other members are barred for good. To be logged as unsafe by the
   * caller. The next target must be newer, and must name none of the barred ones.
   *
   * @param voters replica ids, this replica among them
   * @return completed on the shard's thread, in every case
   */
  CompletableFuture<ForceResult> forceConfig(long groupId, List<Integer> voters);

  /** Whether acknowledgements of the group wait for fsync, from now on. */
  void setSynced(long groupId, boolean synced);

  /**
   * How much may be read from the store for followers that are behind, of all groups together, from
   * now on; what is still in memory does not count. Unlimited at first.
   *
   * @param bytesPerSecond at least 1; {@link Long#MAX_VALUE} for no limit
   */
  void setCatchUpRate(long bytesPerSecond);

  /** The replica's state, null if the group is not on this broker. */
  @Nullable GroupView view(long groupId);

  /**
   * What is wrong with a group here: it was found damaged and does not run, or an entry could not
   * be read. Null if nothing is known to be.
   */
  default @Nullable String problem(long groupId) {
    return null;
  }

  /** All groups that run here. */
  List<GroupView> views();

  /** A leader's view of its followers; answered on the shard thread, empty if it does not lead. */
  void peers(long groupId, Consumer<List<PeerStatus>> answer);

  /**
   * Committed entries that are still in memory, consecutive from {@code fromIndex}, at most {@code
   * maxBytes} (at least one entry); empty if the first is not in memory or not committed.
   */
  List<Entry> cached(long groupId, long fromIndex, long maxBytes);
}
