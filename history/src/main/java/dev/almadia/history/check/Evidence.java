// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history.check;

import dev.almadia.history.Admin;
import dev.almadia.history.Call;
import dev.almadia.history.FinalRead;
import dev.almadia.history.History;
import dev.almadia.history.Operation;
import dev.almadia.history.PartitionId;
import dev.almadia.history.Produce;
import dev.almadia.history.Read;
import dev.almadia.history.ReplicaLog;
import dev.almadia.history.Resolve;
import dev.almadia.history.Value;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A history, sorted so that each rule finds in O(1) what it asks for. Made once per check and not
 * changed afterwards. Nothing here is iterated in hash order.
 */
final class Evidence {
  private final Map<PartitionId, PartitionEvidence> partitions = new TreeMap<>();
  private final Map<PartitionId, PartitionEvidence> byHash = new HashMap<>();
  private final Map<Value, Sent> sent = new HashMap<>();
  private final List<Produce> produces = new ArrayList<>();
  private final Map<Long, Call> creations = new HashMap<>();
  private final Set<Long> retained = new HashSet<>();

  Evidence(History history) {
    for (Operation operation : history.operations()) {
      add(operation);
    }
    for (PartitionEvidence partition : partitions.values()) {
      if (retained.contains(partition.id.topicId())) {
        partition.trimmableBefore = Long.MAX_VALUE;
      }
      partition.settle(this);
    }
  }

  private void add(Operation operation) {
    if (operation instanceof Produce produce) {
      add(produce);
    } else if (operation instanceof Read read) {
      of(read.partition()).add(read);
    } else if (operation instanceof Resolve resolve) {
      of(resolve.partition()).add(resolve);
    } else if (operation instanceof Admin admin) {
      add(admin);
    } else if (operation instanceof FinalRead whole) {
      of(whole.partition()).add(whole);
    } else if (operation instanceof ReplicaLog log) {
      of(log.partition()).add(log);
    } else {
      throw new IllegalStateException("No evidence from " + operation.getClass());
    }
  }

  private void add(Produce produce) {
    produces.add(produce);
    int index = 0;
    for (Value value : produce.values()) {
      sent.put(value, new Sent(produce, index, sent.get(value)));
      index++;
    }
    if (produce.partition().known()) {
      of(produce.partition()).add(produce);
    }
  }

  private void add(Admin admin) {
    if (admin.refused()) {
      return;
    }
    switch (admin.action()) {
      case CREATE -> creations.putIfAbsent(admin.partition().topicId(), admin.call());
      case RETAIN -> retained.add(admin.partition().topicId());
      case TRIM -> {
        PartitionEvidence partition = of(admin.partition());
        partition.trimmableBefore = Math.max(partition.trimmableBefore, admin.beforeOffset());
      }
      case DELETE, OTHER -> {}
    }
  }

  private PartitionEvidence of(PartitionId id) {
    PartitionEvidence there = byHash.get(id);
    if (there == null) {
      there = new PartitionEvidence(id);
      byHash.put(id, there);
      partitions.put(id, there);
    }
    return there;
  }

  /** Every partition, by topic id and number. */
  Collection<PartitionEvidence> partitions() {
    return partitions.values();
  }

  /** The partitions whose acknowledgements hold whatever happens. */
  List<PartitionEvidence> durablePartitions() {
    return partitions.values().stream().filter(partition -> !partition.buffered).toList();
  }

  /** Every write, in the order of invocation. */
  List<Produce> produces() {
    return produces;
  }

  /** The requests that carried a value; null if nobody sent it. */
  @Nullable Sent sent(Value value) {
    return sent.get(value);
  }

  /** Who made this incarnation of a topic, if that is in the history. */
  @Nullable Call creation(long topicId) {
    return creations.get(topicId);
  }
}
