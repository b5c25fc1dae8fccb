// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.control;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataImage.PartitionOfTopic;
import dev.almadia.broker.core.metadata.TopicImage;
import dev.almadia.broker.core.topics.Decision;
import dev.almadia.broker.core.topics.Page;
import dev.almadia.broker.core.topics.TopicCommands;
import dev.almadia.broker.core.topics.TopicQueries;
import dev.almadia.broker.core.topics.Topics;
import dev.almadia.internal.v1.MetadataCommand;
import dev.almadia.v1.CreateTopicRequest;
import dev.almadia.v1.CreateTopicResponse;
import dev.almadia.v1.DeleteTopicRequest;
import dev.almadia.v1.DeleteTopicResponse;
import dev.almadia.v1.GetPartitionRequest;
import dev.almadia.v1.GetPartitionResponse;
import dev.almadia.v1.GetTopicRequest;
import dev.almadia.v1.GetTopicResponse;
import dev.almadia.v1.ListPartitionsRequest;
import dev.almadia.v1.ListPartitionsResponse;
import dev.almadia.v1.ListTopicsRequest;
import dev.almadia.v1.ListTopicsResponse;
import dev.almadia.v1.Topic;
import dev.almadia.v1.TopicConfig;
import dev.almadia.v1.TopicServiceGrpc;
import dev.almadia.v1.UpdateTopicRequest;
import dev.almadia.v1.UpdateTopicResponse;
import dev.almadia.v1.VerifyPartitionRequest;
import dev.almadia.v1.VerifyPartitionResponse;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Topics and partitions. Reads come from this broker's metadata, changes go to the leader of group
 * 0; what was changed through this broker is visible here when the answer is given.
 */
final class TopicServiceImpl extends TopicServiceGrpc.TopicServiceImplBase {
  private final ControlParts parts;
  private final MetadataChanges changes;
  private final ReplicaReports reports;
  private final PartitionVerifier verifier;

  TopicServiceImpl(ControlParts parts) {
    this.parts = parts;
    this.changes = new MetadataChanges(parts);
    this.reports = new ReplicaReports(parts);
    this.verifier = new PartitionVerifier(parts, reports);
  }

  @Override
  public void createTopic(CreateTopicRequest request, StreamObserver<CreateTopicResponse> out) {
    Answers.sendWhenDone(
        out,
        changes.start(
            new MetadataChange<>(
                TopicServiceGrpc.getCreateTopicMethod(),
                request,
                image -> create(image, request),
                request.getValidateOnly(),
                false,
                (image, command) ->
                    CreateTopicResponse.newBuilder()
                        .setTopic(
                            topicOr(
                                image,
                                request.getTopic().getTopic(),
                                command.getCreateTopic().getTopic()))
                        .build(),
                (image, answer) -> shows(image, answer.getTopic()))));
  }

  @Override
  public void updateTopic(UpdateTopicRequest request, StreamObserver<UpdateTopicResponse> out) {
    Answers.sendWhenDone(
        out,
        changes.start(
            new MetadataChange<>(
                TopicServiceGrpc.getUpdateTopicMethod(),
                request,
                image -> update(image, request),
                request.getValidateOnly(),
                request.getEtag().isEmpty(),
                (image, command) ->
                    UpdateTopicResponse.newBuilder().setTopic(updated(image, command)).build(),
                (image, answer) -> shows(image, answer.getTopic()))));
  }

  @Override
  public void deleteTopic(DeleteTopicRequest request, StreamObserver<DeleteTopicResponse> out) {
    TopicImage before = parts.context().image().topic(request.getTopic());
    long deletedId = before == null ? 0 : before.topicId();
    Answers.sendWhenDone(
        out,
        changes.start(
            new MetadataChange<>(
                TopicServiceGrpc.getDeleteTopicMethod(),
                request,
                image -> TopicCommands.delete(image, request, now()),
                request.getValidateOnly(),
                false,
                (image, command) -> DeleteTopicResponse.getDefaultInstance(),
                (image, answer) -> {
                  TopicImage topic = image.topic(request.getTopic());
                  return topic == null || topic.topicId() != deletedId;
                })));
  }

  @Override
  public void getTopic(GetTopicRequest request, StreamObserver<GetTopicResponse> out) {
    TopicImage topic = Answers.valueOf(TopicQueries.topic(image(), request.getTopic()));
    Answers.send(out, GetTopicResponse.newBuilder().setTopic(Topics.toProto(topic)).build());
  }

  @Override
  public void listTopics(ListTopicsRequest request, StreamObserver<ListTopicsResponse> out) {
    Page<TopicImage> page = Answers.valueOf(TopicQueries.list(image(), request));
    ListTopicsResponse.Builder answer =
        ListTopicsResponse.newBuilder().setNextPageToken(page.nextPageToken());
    page.items().forEach(topic -> answer.addTopics(Topics.toProto(topic)));
    Answers.send(out, answer.build());
  }

  @Override
  public void listPartitions(
      ListPartitionsRequest request, StreamObserver<ListPartitionsResponse> out) {
    Page<PartitionOfTopic> page = Answers.valueOf(TopicQueries.listPartitions(image(), request));
    Answers.sendWhenDone(
        out,
        reported(
            page.items(),
            found -> {
              ListPartitionsResponse.Builder answer =
                  ListPartitionsResponse.newBuilder().setNextPageToken(page.nextPageToken());
              page.items().forEach(one -> answer.addPartitions(Partitions.toProto(one, found)));
              return answer.build();
            }));
  }

  @Override
  public void getPartition(GetPartitionRequest request, StreamObserver<GetPartitionResponse> out) {
    PartitionOfTopic partition =
        Answers.valueOf(
            TopicQueries.partition(image(), request.getTopic(), request.getPartition()));
    Answers.sendWhenDone(
        out,
        reported(
            List.of(partition),
            found ->
                GetPartitionResponse.newBuilder()
                    .setPartition(Partitions.toProto(partition, found))
                    .build()));
  }

  @Override
  public void verifyPartition(
      VerifyPartitionRequest request, StreamObserver<VerifyPartitionResponse> out) {
    PartitionOfTopic partition =
        Answers.valueOf(
            TopicQueries.partition(image(), request.getTopic(), request.getPartition()));
    Answers.sendWhenDone(out, verifier.verify(partition));
  }

  private <R> CompletableFuture<R> reported(
      List<PartitionOfTopic> partitions, Function<ReplicaReports.Reports, R> answer) {
    List<Long> groups = partitions.stream().map(one -> one.partition().groupId()).toList();
    if (groups.isEmpty()) {
      return CompletableFuture.completedFuture(
          answer.apply(new ReplicaReports.Reports(java.util.Map.of())));
    }
    return reports.ask(Partitions.brokersOf(partitions), groups).thenApply(answer);
  }

  private Decision<MetadataCommand> create(MetadataImage image, CreateTopicRequest request) {
    BrokerError tooLarge = refusalOf(request.getTopic().getConfig());
    if (tooLarge != null) {
      return Decision.refuse(tooLarge);
    }
    CreateTopicRequest.Builder complete = request.toBuilder();
    int factor = parts.facts().defaultReplicationFactor();
    if (request.getTopic().getReplicationFactor() == 0 && factor > 0) {
      int brokers = Math.max(1, image.brokers().size());
      complete.getTopicBuilder().setReplicationFactor(Math.min(factor, brokers));
    }
    return TopicCommands.create(
        image,
        complete.build(),
        new TopicCommands.CreateLimits(parts.facts().maxPartitions(), parts.context()::isReachable),
        now());
  }

  private Decision<MetadataCommand> update(MetadataImage image, UpdateTopicRequest request) {
    BrokerError tooLarge = refusalOf(request.getTopic().getConfig());
    return tooLarge != null
        ? Decision.refuse(tooLarge)
        : TopicCommands.update(image, request, now());
  }

  /** What this broker's settings do not allow, within what any broker would. */
  private @Nullable BrokerError refusalOf(TopicConfig config) {
    long max = parts.facts().maxBatchBytes();
    return config.getMaxBatchBytes() > max
        ? Errors.invalid(
            "topic.config.max_batch_bytes",
            String.valueOf(config.getMaxBatchBytes()),
            "must be at most " + max + " (setting max-batch-bytes of the broker)")
        : null;
  }

  private MetadataImage image() {
    return parts.context().image();
  }

  private long now() {
    return parts.context().wallMillis();
  }

  private static boolean shows(MetadataImage image, Topic topic) {
    TopicImage found = image.topic(topic.getTopic());
    return image.revision() >= topic.getTopicId()
        && (found == null || Topics.etag(found).equals(topic.getEtag()) || isNewer(found, topic));
  }

  private static boolean isNewer(TopicImage found, Topic topic) {
    return found.topicId() > topic.getTopicId()
        || (!topic.getEtag().isEmpty() && found.revision() > Long.parseLong(topic.getEtag()));
  }

  private static Topic topicOr(MetadataImage image, String name, Topic planned) {
    TopicImage topic = image.topic(name);
    return topic == null ? planned : Topics.toProto(topic);
  }

  private static Topic updated(MetadataImage image, MetadataCommand command) {
    TopicImage topic = image.topic(command.getUpdateTopic().getTopic());
    if (topic == null) {
      return Topic.newBuilder().setTopic(command.getUpdateTopic().getTopic()).build();
    }
    return Topics.toProto(topic).toBuilder()
        .setConfig(command.getUpdateTopic().getConfig())
        .clearLabels()
        .putAllLabels(command.getUpdateTopic().getLabelsMap())
        .build();
  }
}
