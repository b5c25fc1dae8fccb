// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import dev.almadia.raft.core.LogMark;
import dev.almadia.raft.core.Message;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A new group that is not yet on disk: it says nothing, so that it cannot promise what a crash
 * would make it forget. Messages to it wait, within a bound. Shard thread only.
 */
final class CreatingGroup implements RoundOwner {
  /** A few elections' worth. */
  private static final int MESSAGES_MAX = 64;

  private final RaftShard shard;
  private final ShardMailbox mailbox;
  private final GroupSpec spec;
  private final ArrayDeque<Message> waiting = new ArrayDeque<>();
  private boolean synced;
  private boolean closed;

  CreatingGroup(RaftShard shard, ShardMailbox mailbox, GroupSpec spec) {
    this.shard = shard;
    this.mailbox = mailbox;
    this.spec = spec;
    this.synced = spec.synced();
  }

  GroupSpec spec() {
    return spec;
  }

  boolean synced() {
    return synced;
  }

  void setSynced(boolean synced) {
    this.synced = synced;
  }

  void receive(Message message) {
    if (waiting.size() < MESSAGES_MAX) {
      waiting.addLast(message);
    } else {
      mailbox.release(message);
    }
  }

  /** What waited; the taker releases it. */
  ArrayDeque<Message> waiting() {
    return waiting;
  }

  void close() {
    closed = true;
    waiting.forEach(mailbox::release);
    waiting.clear();
  }

  @Override
  public long groupId() {
    return spec.groupId();
  }

  @Override
  public long commitIndex() {
    return 0;
  }

  @Override
  public void persisted(@Nullable LogMark mark, List<Message> released) {
    if (!closed) {
      shard.activate(this);
    }
  }
}
