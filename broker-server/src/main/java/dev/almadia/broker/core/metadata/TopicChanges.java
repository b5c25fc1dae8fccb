// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.metadata;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.ClusterErrors;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.Shown;
import dev.almadia.broker.core.topics.TopicConfigs;
import dev.almadia.broker.core.topics.TopicNames;
import dev.almadia.internal.v1.Assignment;
import dev.almadia.internal.v1.CreateTopic;
import dev.almadia.internal.v1.DeleteTopic;
import dev.almadia.internal.v1.UpdateTopic;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.Topic;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What commands about topics do. */
final class TopicChanges {
  private TopicChanges() {}

  static @Nullable BrokerError create(ImageEdit edit, CreateTopic create) {
    MetadataImage image = edit.before();
    BrokerError error = refusalOf(image, create);
    if (error != null) {
      return error;
    }
    Topic topic = create.getTopic();
    List<PartitionImage> partitions = new ArrayList<>(create.getAssignmentsCount());
    long groupId = image.nextGroupId();
    for (Assignment assignment : create.getAssignmentsList()) {
      partitions.add(
          PartitionImage.created(
              partitions.size(), groupId++, assignment.getBrokerIdsList(), edit.index()));
    }
    edit.setNextGroupId(groupId);
    edit.putTopic(
        new TopicImage(
            topic.getTopic(),
            edit.index(),
            topic.getReplicationFactor(),
            TopicConfigs.withDefaults(topic.getConfig()),
            topic.getLabelsMap(),
            partitions,
            edit.index(),
            edit.index(),
            edit.timeMs()));
    return null;
  }

  private static @Nullable BrokerError refusalOf(MetadataImage image, CreateTopic create) {
    Topic topic = create.getTopic();
    BrokerError badName = TopicNames.refusalOf("topic.topic", topic.getTopic());
    if (badName != null) {
      return badName;
    }
    if (image.topic(topic.getTopic()) != null) {
      return TopicNames.exists(topic.getTopic());
    }
    int count = create.getAssignmentsCount();
    if (count < 1 || count != topic.getPartitions()) {
      return Errors.invalid(
          "assignments", String.valueOf(count), "there must be one for each partition");
    }
    int current = image.partitionsByGroup().size();
    if (count > MetadataImages.PARTITIONS_MAX - current) {
      return TopicNames.partitionLimit(count, current, MetadataImages.PARTITIONS_MAX);
    }
    for (Assignment assignment : create.getAssignmentsList()) {
      BrokerError error = refusalOf(image, assignment, topic.getReplicationFactor());
      if (error != null) {
        return error;
      }
    }
    return null;
  }

  private static @Nullable BrokerError refusalOf(
      MetadataImage image, Assignment assignment, int replicationFactor) {
    List<Integer> ids = assignment.getBrokerIdsList();
    if (ids.size() != replicationFactor
        || ids.isEmpty()
        || new HashSet<>(ids).size() != ids.size()
        || !image.brokers().keySet().containsAll(ids)) {
      return Errors.invalid(
          "assignments", ids.toString(), "must name replication_factor different known brokers");
    }
    for (int id : ids) {
      BrokerImage broker = image.brokers().get(id);
      if (broker != null && !broker.isActive()) {
        return ClusterErrors.brokerDraining(id, broker.stateName());
      }
    }
    return null;
  }

  static @Nullable BrokerError update(ImageEdit edit, UpdateTopic command) {
    TopicImage old = edit.before().topic(command.getTopic());
    BrokerError error = refusalOf(edit.before(), command.getTopic(), command.getExpectedRevision());
    if (old == null || error != null) {
      return error;
    }
    edit.putTopic(
        new TopicImage(
            old.name(),
            old.topicId(),
            old.replicationFactor(),
            TopicConfigs.withDefaults(command.getConfig()),
            command.getLabelsMap(),
            old.partitions(),
            edit.index(),
            edit.index(),
            old.createTimeMs()));
    return null;
  }

  static @Nullable BrokerError delete(ImageEdit edit, DeleteTopic command) {
    TopicImage old = edit.before().topic(command.getTopic());
    BrokerError error = refusalOf(edit.before(), command.getTopic(), command.getExpectedRevision());
    if (old != null && error == null) {
      edit.removeTopic(old);
    }
    return error;
  }

  private static @Nullable BrokerError refusalOf(
      MetadataImage image, String name, long expectedRevision) {
    TopicImage topic = image.topic(name);
    if (topic == null) {
      return TopicNames.notFound(image, name);
    }
    if (expectedRevision != 0 && expectedRevision != topic.revision()) {
      return BrokerError.of(
          ErrorReason.ERROR_REASON_ETAG_MISMATCH,
          "Topic '" + Shown.of(name) + "' has changed since; its etag is " + topic.revision(),
          "topic",
          Shown.of(name),
          "etag",
          topic.revision());
    }
    return null;
  }
}
