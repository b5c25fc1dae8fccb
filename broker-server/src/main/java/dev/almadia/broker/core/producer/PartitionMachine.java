// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.producer;

import dev.almadia.broker.core.record.ByteSlice;
import dev.almadia.broker.core.record.StoredBatches;
import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryKind;
import dev.almadia.raft.core.Role;
import dev.almadia.raft.shard.GroupView;
import dev.almadia.raft.shard.StateMachine;
import java.util.function.Consumer;

/**
 * What follows from a partition's log beside the records themselves: its producers. One for each
 * life of a replica. Shard thread only.
 */
public final class PartitionMachine implements StateMachine {
  private final Consumer<GroupView> views;
  private final PartitionProducers producers = new PartitionProducers();

  /**
   * An empty one.
   *
   * @param views hears of each view
   */
  public PartitionMachine(Consumer<GroupView> views) {
    this.views = views;
  }

  /** The producers; shard thread only. */
  public PartitionProducers producers() {
    return producers;
  }

  @Override
  public boolean keepsLog() {
    return false;
  }

  // hot path
  @Override
  public void apply(Entry entry) {
    if (entry.kind() == EntryKind.CONTROL) {
      Opening opening = Opening.decode(entry.payload());
      producers.applyOpening(
          entry.term(), opening.producerId(), opening.epoch(), opening.session());
    }
    if (entry.kind() != EntryKind.DATA) {
      return;
    }
    ByteSlice stamp = StoredBatches.producerOf(entry.payload());
    if (stamp.length() > 0) {
      StoredBatches.Stored batch = StoredBatches.read(entry.payload());
      producers.apply(
          entry.term(), ProducerStamps.decode(stamp), batch.firstOffset(), batch.appendTimeMs());
    }
  }

  @Override
  public byte[] checkpoint() {
    return producers.checkpoint();
  }

  @Override
  public boolean canRestore(byte[] state) {
    return PartitionProducers.canRestore(state);
  }

  @Override
  public void restore(byte[] state) {
    producers.restore(state);
  }

  @Override
  public void viewChanged(GroupView view) {
    if (view.role() != Role.LEADER) {
      producers.forgetAppended();
    }
    views.accept(view);
  }
}
