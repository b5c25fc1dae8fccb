// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.producer;

import dev.almadia.broker.core.record.StoredBatches;
import dev.almadia.broker.core.recordid.PartitionRecordIds;
import dev.almadia.broker.core.recordid.RecordIdStamp;
import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryKind;
import dev.almadia.raft.core.Role;
import dev.almadia.raft.shard.GroupView;
import dev.almadia.raft.shard.StateMachine;
import java.util.function.Consumer;

/**
 * What follows from a partition's log beside the records themselves: its producers, and the ids of
 * records that it remembers. One for each life of a replica. Shard thread only.
 */
public final class PartitionMachine implements StateMachine {
  private final Consumer<GroupView> views;
  private final PartitionProducers producers = new PartitionProducers();
  private final PartitionRecordIds recordIds = new PartitionRecordIds();

  // Written by the shard thread, read by whoever counts.
  private volatile int recordIdCount;

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

  /** How many ids of records it remembers. Any thread. */
  public int recordIdCount() {
    return recordIdCount;
  }

  /** The ids of records; shard thread only. */
  public PartitionRecordIds recordIds() {
    return recordIds;
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
    if (entry.kind() != EntryKind.DATA || !StoredBatches.isStamped(entry.payload())) {
      return;
    }
    StoredBatches.Stored batch = StoredBatches.read(entry.payload());
    if (batch.producer().length() > 0) {
      ProducerStamp stamp = ProducerStamps.decode(batch.producer());
      producers.apply(entry.term(), stamp, batch.firstOffset(), batch.appendTimeMs());
    }
    if (batch.recordIds().length() > 0) {
      RecordIdStamp stamp = RecordIdStamp.decode(batch.recordIds());
      recordIds.apply(entry.term(), stamp, batch.firstOffset(), batch.appendTimeMs());
      recordIdCount = recordIds.size();
    }
  }

  @Override
  public byte[] checkpoint() {
    return MachineBytes.join(producers.checkpoint(), recordIds.checkpoint());
  }

  @Override
  public boolean canRestore(byte[] state) {
    MachineBytes parts = MachineBytes.of(state);
    return parts != null
        && PartitionProducers.canRestore(parts.producers())
        && PartitionRecordIds.canRestore(state, parts.recordIdsStart());
  }

  @Override
  public void restore(byte[] state) {
    MachineBytes parts = MachineBytes.of(state);
    if (parts == null) {
      throw new IllegalStateException("no state of a partition in " + state.length + " bytes");
    }
    producers.restore(parts.producers());
    recordIds.restore(state, parts.recordIdsStart());
    recordIdCount = recordIds.size();
  }

  @Override
  public void viewChanged(GroupView view) {
    if (view.role() != Role.LEADER) {
      producers.forgetAppended();
      recordIds.forgetAppended();
    }
    views.accept(view);
  }
}
