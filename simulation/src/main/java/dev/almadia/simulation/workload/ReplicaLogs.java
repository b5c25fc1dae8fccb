// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.workload;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.almadia.broker.core.metadata.PartitionImage;
import dev.almadia.broker.core.metadata.TopicImage;
import dev.almadia.broker.core.record.ByteSlice;
import dev.almadia.broker.core.record.StoredBatches;
import dev.almadia.history.ReplicaLog;
import dev.almadia.history.Seen;
import dev.almadia.history.Value;
import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryKind;
import dev.almadia.simulation.cluster.SimBroker;
import dev.almadia.simulation.disk.StoredGroup;
import dev.almadia.v1.Record;
import dev.almadia.v1.RecordSet;
import java.util.ArrayList;
import java.util.List;

/** Looks at what the brokers store, past all their code: the committed part of each replica. */
final class ReplicaLogs {
  private static final int NOBODY = 0;

  private final ClientWorld world;

  ReplicaLogs(ClientWorld world) {
    this.world = world;
  }

  /** Notes the logs of all replicas of these topics on these brokers. */
  void note(List<KnownTopic> topics, List<Integer> brokers) {
    for (KnownTopic topic : topics) {
      TopicImage image = world.cluster().image().topic(topic.name());
      if (image != null && image.topicId() == topic.topicId()) {
        for (PartitionImage partition : image.partitions()) {
          for (int broker : partition.replicas()) {
            if (brokers.contains(broker)) {
              note(topic, partition, world.cluster().broker(broker));
            }
          }
        }
      }
    }
  }

  private void note(KnownTopic topic, PartitionImage partition, SimBroker broker) {
    world
        .recorder()
        .begin(
            NOBODY,
            NOBODY,
            call -> ReplicaLog.begun(call, topic.partition(partition.partition()), broker.id()))
        .complete(log -> log.answered(records(partition.groupId(), broker)));
  }

  private List<Seen> records(long groupId, SimBroker broker) {
    List<Seen> records = new ArrayList<>();
    StoredGroup stored = broker.disk().find(groupId);
    long committed = world.cluster().world().invariants().committed(groupId);
    long last = stored == null ? 0 : Math.min(stored.lastIndex(), committed);
    for (long index = stored == null ? 1 : stored.firstIndex();
        index <= last && stored != null;
        index++) {
      Entry entry = stored.entry(index);
      if (entry.kind() == EntryKind.DATA) {
        add(records, StoredBatches.read(entry.payload()));
      }
    }
    return records;
  }

  private static void add(List<Seen> records, StoredBatches.Stored batch) {
    ByteSlice bytes = batch.records();
    long offset = batch.firstOffset();
    try {
      RecordSet set =
          RecordSet.parseFrom(ByteString.copyFrom(bytes.array(), bytes.offset(), bytes.length()));
      for (Record record : set.getRecordsList()) {
        records.add(Records.seen(record, offset++, batch.appendTimeMs()));
      }
    } catch (InvalidProtocolBufferException e) {
      records.add(new Seen(offset, Value.DAMAGED));
    }
  }
}
