// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core;

import dev.almadia.internal.v1.Assignment;
import dev.almadia.internal.v1.CreateTopic;
import dev.almadia.internal.v1.GroupTarget;
import dev.almadia.internal.v1.MetadataCommand;
import dev.almadia.internal.v1.OperationRecord;
import dev.almadia.internal.v1.RemoveBroker;
import dev.almadia.internal.v1.SetBrokerState;
import dev.almadia.internal.v1.SetMetadataVoters;
import dev.almadia.internal.v1.SetTargets;
import dev.almadia.internal.v1.SettleGroups;
import dev.almadia.internal.v1.SettledGroup;
import dev.almadia.internal.v1.StartOperation;
import dev.almadia.v1.BrokerState;
import dev.almadia.v1.Topic;
import java.util.Arrays;
import java.util.List;

/** Metadata commands for tests. */
public final class Commands {
  private Commands() {}

  /** A target of one group. */
  public static GroupTarget target(long groupId, Integer... brokerIds) {
    return target(groupId, Arrays.asList(brokerIds));
  }

  /** The same. */
  public static GroupTarget target(long groupId, List<Integer> brokerIds) {
    return GroupTarget.newBuilder().setGroupId(groupId).addAllBrokerIds(brokerIds).build();
  }

  /** Sets targets. */
  public static MetadataCommand.Builder targets(GroupTarget... targets) {
    return MetadataCommand.newBuilder()
        .setSetTargets(SetTargets.newBuilder().addAllTargets(Arrays.asList(targets)));
  }

  /** Reports a group. */
  public static MetadataCommand.Builder settled(
      long groupId, long targetRevision, List<Integer> voters, List<Integer> learners) {
    return MetadataCommand.newBuilder()
        .setSettleGroups(
            SettleGroups.newBuilder()
                .addGroups(
                    SettledGroup.newBuilder()
                        .setGroupId(groupId)
                        .setTargetRevision(targetRevision)
                        .addAllVoters(voters)
                        .addAllLearners(learners)));
  }

  /** Changes a broker's state, without an operation. */
  public static MetadataCommand.Builder state(int brokerId, BrokerState state) {
    return MetadataCommand.newBuilder()
        .setSetBrokerState(SetBrokerState.newBuilder().setBrokerId(brokerId).setState(state));
  }

  /** Changes a broker's state and begins an operation. */
  public static MetadataCommand.Builder state(int brokerId, BrokerState state, String kind) {
    MetadataCommand.Builder command = state(brokerId, state);
    command
        .getSetBrokerStateBuilder()
        .setOperation(OperationRecord.newBuilder().setKind(kind).setBrokerId(brokerId));
    return command;
  }

  /** Forgets a broker. */
  public static MetadataCommand.Builder remove(int brokerId) {
    return MetadataCommand.newBuilder()
        .setRemoveBroker(RemoveBroker.newBuilder().setBrokerId(brokerId));
  }

  /** Chooses voters. */
  public static MetadataCommand.Builder voters(Integer... brokerIds) {
    return MetadataCommand.newBuilder()
        .setSetMetadataVoters(
            SetMetadataVoters.newBuilder().addAllBrokerIds(Arrays.asList(brokerIds)));
  }

  /** Begins an operation. */
  public static MetadataCommand.Builder start(OperationRecord.Builder operation) {
    return MetadataCommand.newBuilder()
        .setStartOperation(StartOperation.newBuilder().setOperation(operation));
  }

  /** Creates a topic of one partition. */
  public static MetadataCommand.Builder create(String topic, List<Integer> brokerIds) {
    return MetadataCommand.newBuilder()
        .setCreateTopic(
            CreateTopic.newBuilder()
                .setTopic(
                    Topic.newBuilder()
                        .setTopic(topic)
                        .setPartitions(1)
                        .setReplicationFactor(brokerIds.size()))
                .addAssignments(Assignment.newBuilder().addAllBrokerIds(brokerIds)));
  }
}
