// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import dev.almadia.raft.core.Effects;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a shard lends to its groups. Shard thread only. */
final class ShardContext {
  final NodeParts parts;
  final ShardMailbox mailbox;
  final Outboxes outboxes;
  final PersistRounds rounds;
  final CatchUpQueue catchUp;
  final ShardCounters counters = new ShardCounters();
  final TickWheel ticks = new TickWheel();

  /** Reused for all groups; a group is done with it before the next has its turn. */
  final Effects effects = new Effects();

  /** The clock is read once a turn. */
  long turnNanos;

  /** The wall clock too. */
  long turnWallMillis;

  /** Groups that this broker leads here. */
  int ledGroups;

  private final ArrayDeque<GroupSlot> ready = new ArrayDeque<>();
  private final List<GroupSlot> waitingForRoom = new ArrayList<>();

  ShardContext(NodeParts parts, ShardMailbox mailbox, LogWriter writer) {
    this.parts = parts;
    this.mailbox = mailbox;
    this.catchUp = new CatchUpQueue(parts.catchUp());
    this.outboxes = new Outboxes(parts.services().links());
    this.rounds =
        new PersistRounds(writer, parts.config().shardLimits().roundBytesMax(), mailbox::post);
  }

  int selfBroker() {
    return parts.config().selfId();
  }

  /** The group has something to do in this turn or the next; once is enough. */
  void ready(GroupSlot slot) {
    if (slot.markReady()) {
      ready.addLast(slot);
    }
  }

  int readyCount() {
    return ready.size();
  }

  @Nullable GroupSlot nextReady() {
    return ready.pollFirst();
  }

  /** The group has proposals, and the open round has no room for them. */
  void waitForRoom(GroupSlot slot) {
    waitingForRoom.add(slot);
  }

  /** A round was written: there is room again. */
  void roomMade() {
    waitingForRoom.forEach(this::ready);
    waitingForRoom.clear();
  }
}
