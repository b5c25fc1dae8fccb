// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.control;

import dev.almadia.broker.core.metadata.MetadataImage.PartitionOfTopic;
import dev.almadia.broker.server.control.ReplicaReports.Reports;
import dev.almadia.internal.v1.ReplicaReport;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.v1.Partition;
import dev.almadia.v1.ReplicaRole;
import dev.almadia.v1.ReplicaState;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Partitions as the API shows them, from metadata and what the replicas say of themselves. */
final class Partitions {
  private Partitions() {}

  /** Brokers that hold replicas of any of these, also such as are to go. */
  static Set<Integer> brokersOf(Collection<PartitionOfTopic> partitions) {
    Set<Integer> brokers = new TreeSet<>();
    partitions.forEach(partition -> brokers.addAll(holdersOf(partition)));
    return brokers;
  }

  private static Set<Integer> holdersOf(PartitionOfTopic partition) {
    Set<Integer> brokers = new TreeSet<>();
    partition.partition().present().forEach(replica -> brokers.add(ReplicaId.broker(replica)));
    return brokers;
  }

  private static Set<Integer> leaversOf(PartitionOfTopic partition) {
    Set<Integer> brokers = holdersOf(partition);
    brokers.removeAll(partition.partition().replicas());
    return brokers;
  }

  /** Report of the replica that leads: of those that say so, the one with the highest term. */
  static @Nullable ReplicaReport leaderOf(PartitionOfTopic partition, Reports reports) {
    ReplicaReport leader = null;
    for (int broker : holdersOf(partition)) {
      ReplicaReport report = reports.of(broker, partition.partition().groupId());
      if (report != null
          && report.getRole() == ReplicaRole.REPLICA_ROLE_LEADER
          && (leader == null || report.getTerm() > leader.getTerm())) {
        leader = report;
      }
    }
    return leader;
  }

  /** The partition for an answer. */
  static Partition toProto(PartitionOfTopic partition, Reports reports) {
    long groupId = partition.partition().groupId();
    Partition.Builder answer =
        Partition.newBuilder()
            .setTopic(partition.topic().name())
            .setPartition(partition.partition().partition())
            .setGroupId(groupId)
            .addAllTargetBrokerIds(partition.partition().replicas())
            .addAllLeavingBrokerIds(leaversOf(partition));
    ReplicaReport leader = leaderOf(partition, reports);
    for (int broker : holdersOf(partition)) {
      ReplicaReport report = reports.of(broker, groupId);
      if (report == null && !partition.partition().wants(broker)) {
        continue; // it has gone, or went with its disk
      }
      answer.addReplicas(stateOf(broker, report, leader, reports.answered(broker)));
      if (leader == null && report != null) {
        answer
            .setTerm(Math.max(answer.getTerm(), report.getTerm()))
            .setLogStartOffset(Math.max(answer.getLogStartOffset(), report.getLogStartOffset()))
            .setHighWatermark(Math.max(answer.getHighWatermark(), report.getHighWatermark()))
            .setCommitIndex(Math.max(answer.getCommitIndex(), report.getCommitIndex()));
      }
    }
    if (leader != null) {
      answer
          .setLeaderBrokerId(leader.getLeaderBrokerId())
          .setTerm(leader.getTerm())
          .setLogStartOffset(leader.getLogStartOffset())
          .setHighWatermark(leader.getHighWatermark())
          .setCommitIndex(leader.getCommitIndex());
    }
    return answer.build();
  }

  private static ReplicaState stateOf(
      int broker,
      @Nullable ReplicaReport report,
      @Nullable ReplicaReport leader,
      boolean answered) {
    ReplicaState.Builder state =
        ReplicaState.newBuilder().setBrokerId(broker).setReachable(answered);
    if (report == null) {
      return state.build();
    }
    state
        .setRole(report.getRole())
        .setLastIndex(report.getLastIndex())
        .setDurableIndex(report.getDurableIndex())
        .setCommitIndex(report.getCommitIndex())
        .setHighWatermark(report.getHighWatermark())
        .setProblem(report.getProblem());
    if (leader != null) {
      state.setLagEntries(Math.max(0, leader.getLastIndex() - report.getLastIndex()));
    }
    return state.build();
  }
}
