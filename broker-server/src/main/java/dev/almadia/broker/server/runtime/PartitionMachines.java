// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.runtime;

import dev.almadia.broker.core.producer.PartitionMachine;
import dev.almadia.raft.shard.GroupView;
import dev.almadia.raft.shard.StateMachine;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** What the replicas of this broker remember beside their records, to be counted. Any thread. */
final class PartitionMachines {
  private final Consumer<GroupView> views;
  private final Map<Long, PartitionMachine> machines = new ConcurrentHashMap<>();

  PartitionMachines(Consumer<GroupView> views) {
    this.views = views;
  }

  /** For a replica that is opened. */
  StateMachine open(long groupId) {
    PartitionMachine machine = new PartitionMachine(views);
    machines.put(groupId, machine);
    return machine;
  }

  void closed(long groupId) {
    machines.remove(groupId);
  }

  /** How many record ids all of them remember. */
  long recordIds() {
    return machines.values().stream().mapToLong(PartitionMachine::recordIdCount).sum();
  }
}
