// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.topics;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.Shown;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.TopicImage;
import dev.almadia.broker.core.placement.ReplicaPlacement;
import dev.almadia.internal.v1.CreateTopic;
import dev.almadia.internal.v1.DeleteTopic;
import dev.almadia.internal.v1.MetadataCommand;
import dev.almadia.internal.v1.UpdateTopic;
import dev.almadia.v1.CreateTopicRequest;
import dev.almadia.v1.DeleteTopicRequest;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.Topic;
import dev.almadia.v1.TopicConfig;
import dev.almadia.v1.UpdateTopicRequest;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Checks requests that change topics, and makes the commands for them. To be called on the leader
 * of the metadata group with its newest image; what changes before the command is applied is caught
 * there, because commands name the revision that they were made for.
 */
public final class TopicCommands {
  /** Most partitions of one topic. */
  public static final int TOPIC_PARTITIONS_MAX = 100_000;

  /** Replication factor of a topic that does not say, if there are as many brokers. */
  public static final int REPLICATION_FACTOR_DEFAULT = 3;

  private static final List<String> PATHS =
      List.of(
          "config",
          "config.durability",
          "config.max_batch_bytes",
          "config.compression",
          "config.dedup_window_ms",
          "labels");

  private TopicCommands() {}

  /**
   * What a new topic has to fit into.
   *
   * @param partitionsMax partitions that the cluster may have
   * @param isReachable whether a broker can be reached now
   */
  public record CreateLimits(int partitionsMax, IntPredicate isReachable) {}

  /**
   * Creates a topic, with replicas placed. Refused if a majority of each partition's replicas could
   * not be reached now: it would be born without a leader, and if one of these brokers came back
   * with an empty disk, could never get one.
   *
   * @param limits what the cluster may hold and whom it can reach
   * @param nowMs wall clock, milliseconds since 1970
   */
  public static Decision<MetadataCommand> create(
      MetadataImage image, CreateTopicRequest request, CreateLimits limits, long nowMs) {
    Topic topic = request.getTopic();
    BrokerError error = refusalOf(image, topic, limits.partitionsMax());
    if (error != null) {
      return Decision.refuse(error);
    }
    Set<Integer> active = ReplicaPlacement.activeBrokers(image);
    NavigableSet<Integer> reachable = new TreeSet<>(active);
    reachable.removeIf(id -> !limits.isReachable().test(id));
    int brokers = active.size();
    int replicationFactor = topic.getReplicationFactor();
    if (replicationFactor == 0) {
      replicationFactor = Math.min(REPLICATION_FACTOR_DEFAULT, brokers);
    }
    if (replicationFactor > brokers || brokers == 0) {
      return Decision.refuse(notEnoughBrokers(Math.max(1, replicationFactor), brokers));
    }
    if (reachable.size() <= replicationFactor / 2) {
      active.removeAll(reachable);
      return Decision.refuse(tooFewReachable(replicationFactor, reachable, active));
    }
    Topic complete =
        Topic.newBuilder()
            .setTopic(topic.getTopic())
            .setPartitions(topic.getPartitions())
            .setReplicationFactor(replicationFactor)
            .setConfig(TopicConfigs.withDefaults(topic.getConfig()))
            .putAllLabels(topic.getLabelsMap())
            .build();
    return Decision.accept(
        MetadataCommand.newBuilder()
            .setTimeMs(nowMs)
            .setCreateTopic(
                CreateTopic.newBuilder()
                    .setTopic(complete)
                    .addAllAssignments(
                        ReplicaPlacement.place(
                            image, topic.getPartitions(), replicationFactor, reachable)))
            .build());
  }

  private static @Nullable BrokerError refusalOf(
      MetadataImage image, Topic topic, int partitionsMax) {
    BrokerError badName = TopicNames.refusalOf("topic.topic", topic.getTopic());
    if (badName != null) {
      return badName;
    }
    int partitions = topic.getPartitions();
    if (partitions < 1 || partitions > TOPIC_PARTITIONS_MAX) {
      return Errors.invalid(
          "topic.partitions",
          String.valueOf(partitions),
          "must be from 1 to " + TOPIC_PARTITIONS_MAX);
    }
    if (topic.getReplicationFactor() < 0) {
      return Errors.invalid(
          "topic.replication_factor",
          String.valueOf(topic.getReplicationFactor()),
          "must be at least 1, or 0 for the default");
    }
    BrokerError badConfig = TopicConfigs.refusalOf(topic.getConfig());
    if (badConfig != null) {
      return badConfig;
    }
    BrokerError badLabels = TopicLabels.refusalOf(topic.getLabelsMap());
    if (badLabels != null) {
      return badLabels;
    }
    if (image.topic(topic.getTopic()) != null) {
      return TopicNames.exists(topic.getTopic());
    }
    int current = image.partitionsByGroup().size();
    return partitions > partitionsMax - current
        ? TopicNames.partitionLimit(partitions, current, partitionsMax)
        : null;
  }

  private static BrokerError notEnoughBrokers(int requested, int brokers) {
    return BrokerError.of(
        ErrorReason.ERROR_REASON_NOT_ENOUGH_BROKERS,
        "Replication factor "
            + requested
            + " is above the number of active brokers, "
            + brokers
            + "; add brokers with --join, or lower it",
        "requested",
        requested,
        "brokers",
        brokers);
  }

  private static BrokerError tooFewReachable(
      int replicationFactor, Set<Integer> reachable, Set<Integer> others) {
    return BrokerError.of(
        ErrorReason.ERROR_REASON_NOT_ENOUGH_BROKERS,
        "Of "
            + replicationFactor
            + " replicas a majority must be on brokers that can be reached, and only "
            + reachable
            + " can; bring back one of "
            + others
            + ", or add brokers with --join",
        "requested",
        replicationFactor,
        "brokers",
        reachable.size());
  }

  /**
   * Changes a topic. The command names the revision that it was made from, also if the request has
   * no etag, because it carries all settings; refused with ETAG_MISMATCH in that case, the caller
   * makes it again from the newer image.
   */
  public static Decision<MetadataCommand> update(
      MetadataImage image, UpdateTopicRequest request, long nowMs) {
    Topic wanted = request.getTopic();
    BrokerError error = refusalOf(image, wanted.getTopic(), request.getEtag());
    TopicImage topic = image.topic(wanted.getTopic());
    if (error != null || topic == null) {
      return Decision.refuse(error == null ? TopicNames.notFound(image, wanted.getTopic()) : error);
    }
    List<String> paths = request.getUpdateMask().getPathsList();
    if (paths.isEmpty() || !PATHS.containsAll(paths)) {
      return Decision.refuse(
          Errors.invalid(
              "update_mask",
              String.join(",", paths),
              "must name some of " + String.join(", ", PATHS)));
    }
    TopicConfig config = merged(topic.config(), wanted.getConfig(), paths);
    Map<String, String> labels = paths.contains("labels") ? wanted.getLabelsMap() : topic.labels();
    BrokerError badConfig = TopicConfigs.refusalOf(config);
    BrokerError badValue = badConfig != null ? badConfig : TopicLabels.refusalOf(labels);
    if (badValue != null) {
      return Decision.refuse(badValue);
    }
    return Decision.accept(
        MetadataCommand.newBuilder()
            .setTimeMs(nowMs)
            .setUpdateTopic(
                UpdateTopic.newBuilder()
                    .setTopic(topic.name())
                    .setExpectedRevision(topic.revision())
                    .setConfig(TopicConfigs.withDefaults(config))
                    .putAllLabels(labels))
            .build());
  }

  private static TopicConfig merged(TopicConfig old, TopicConfig wanted, List<String> paths) {
    boolean all = paths.contains("config");
    TopicConfig.Builder merged = old.toBuilder();
    if (all || paths.contains("config.durability")) {
      merged.setDurabilityValue(wanted.getDurabilityValue());
    }
    if (all || paths.contains("config.max_batch_bytes")) {
      merged.setMaxBatchBytes(wanted.getMaxBatchBytes());
    }
    if (all || paths.contains("config.compression")) {
      merged.setCompressionValue(wanted.getCompressionValue());
    }
    if (all || paths.contains("config.dedup_window_ms")) {
      merged.setDedupWindowMs(wanted.getDedupWindowMs());
    }
    return merged.build();
  }

  /** Deletes a topic. */
  public static Decision<MetadataCommand> delete(
      MetadataImage image, DeleteTopicRequest request, long nowMs) {
    BrokerError error = refusalOf(image, request.getTopic(), request.getEtag());
    if (error != null) {
      return Decision.refuse(error);
    }
    TopicImage topic = image.topic(request.getTopic());
    long revision = request.getEtag().isEmpty() || topic == null ? 0 : topic.revision();
    return Decision.accept(
        MetadataCommand.newBuilder()
            .setTimeMs(nowMs)
            .setDeleteTopic(
                DeleteTopic.newBuilder().setTopic(request.getTopic()).setExpectedRevision(revision))
            .build());
  }

  private static @Nullable BrokerError refusalOf(MetadataImage image, String name, String etag) {
    TopicImage topic = image.topic(name);
    if (topic == null) {
      BrokerError badName = TopicNames.refusalOf("topic", name);
      return badName != null ? badName : TopicNames.notFound(image, name);
    }
    if (!etag.isEmpty() && !etag.equals(Topics.etag(topic))) {
      return BrokerError.of(
          ErrorReason.ERROR_REASON_ETAG_MISMATCH,
          "Topic '"
              + name
              + "' has changed since etag "
              + Shown.of(etag)
              + "; its etag is "
              + Topics.etag(topic),
          "topic",
          name,
          "etag",
          Topics.etag(topic));
    }
    return null;
  }
}
