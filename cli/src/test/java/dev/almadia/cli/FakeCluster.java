// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import com.google.protobuf.Any;
import com.google.rpc.ErrorInfo;
import dev.almadia.client.Reasons;
import dev.almadia.v1.CreateTopicRequest;
import dev.almadia.v1.CreateTopicResponse;
import dev.almadia.v1.DeleteTopicRequest;
import dev.almadia.v1.DeleteTopicResponse;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.GetPartitionRequest;
import dev.almadia.v1.GetPartitionResponse;
import dev.almadia.v1.GetTopicRequest;
import dev.almadia.v1.GetTopicResponse;
import dev.almadia.v1.ListPartitionsRequest;
import dev.almadia.v1.ListPartitionsResponse;
import dev.almadia.v1.ListTopicsRequest;
import dev.almadia.v1.ListTopicsResponse;
import dev.almadia.v1.Partition;
import dev.almadia.v1.ReplicaDigest;
import dev.almadia.v1.ReplicaRole;
import dev.almadia.v1.ReplicaState;
import dev.almadia.v1.Topic;
import dev.almadia.v1.TopicServiceGrpc;
import dev.almadia.v1.UpdateTopicRequest;
import dev.almadia.v1.UpdateTopicResponse;
import dev.almadia.v1.VerifyPartitionRequest;
import dev.almadia.v1.VerifyPartitionResponse;
import io.grpc.Server;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** The public services over plain maps, at a real port: enough to try each command end to end. */
final class FakeCluster implements AutoCloseable {
  final Map<String, Topic> topics = new TreeMap<>();
  final FakeLog log = new FakeLog(this);
  final FakeMembership membership = new FakeMembership();
  final Map<String, Partition> shownPartitions = new TreeMap<>();
  volatile boolean equal = true;
  private final Server server;
  private final int port;

  FakeCluster() throws IOException {
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(new Topics())
            .addService(membership)
            .addService(log.producerService())
            .addService(log.consumerService())
            .build()
            .start();
    port = server.getPort();
  }

  String address() {
    return "127.0.0.1:" + port;
  }

  @Override
  public void close() {
    server.shutdownNow();
    try {
      server.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  static StatusRuntimeException error(
      ErrorReason reason, String message, Map<String, String> data) {
    com.google.rpc.Status status =
        com.google.rpc.Status.newBuilder()
            .setCode(Reasons.info(reason).getGrpcCode())
            .setMessage(message)
            .addDetails(
                Any.pack(
                    ErrorInfo.newBuilder()
                        .setDomain("almadia.dev")
                        .setReason(Reasons.name(reason))
                        .putAllMetadata(data)
                        .build()))
            .build();
    return StatusProto.toStatusRuntimeException(status);
  }

  StatusRuntimeException noTopic(String topic) {
    Map<String, String> data = new TreeMap<>(Map.of("topic", topic));
    Suggest.near(topic, topics.keySet()).ifPresent(near -> data.put("did_you_mean", near));
    return error(
        ErrorReason.ERROR_REASON_TOPIC_NOT_FOUND, "there is no topic '" + topic + "'", data);
  }

  static <T> void answer(StreamObserver<T> out, T message) {
    out.onNext(message);
    out.onCompleted();
  }

  private final class Topics extends TopicServiceGrpc.TopicServiceImplBase {
    @Override
    public void createTopic(CreateTopicRequest request, StreamObserver<CreateTopicResponse> out) {
      Topic topic = request.getTopic();
      if (topics.containsKey(topic.getTopic())) {
        out.onError(
            error(
                ErrorReason.ERROR_REASON_TOPIC_EXISTS,
                "topic '" + topic.getTopic() + "' exists",
                Map.of("topic", topic.getTopic())));
        return;
      }
      if (topic.getPartitions() < 1) {
        out.onError(
            error(
                ErrorReason.ERROR_REASON_INVALID_ARGUMENT,
                "partitions is 0; it must be from 1 to 100000",
                Map.of("field", "partitions")));
        return;
      }
      if (!request.getValidateOnly()) {
        topics.put(topic.getTopic(), topic);
      }
      answer(out, CreateTopicResponse.newBuilder().setTopic(topic).build());
    }

    @Override
    public void getTopic(GetTopicRequest request, StreamObserver<GetTopicResponse> out) {
      Topic topic = topics.get(request.getTopic());
      if (topic == null) {
        out.onError(noTopic(request.getTopic()));
        return;
      }
      answer(out, GetTopicResponse.newBuilder().setTopic(topic).build());
    }

    @Override
    public void listTopics(ListTopicsRequest request, StreamObserver<ListTopicsResponse> out) {
      // One a page, so that reading on is tried.
      ListTopicsResponse.Builder page = ListTopicsResponse.newBuilder();
      topics.values().stream()
          .filter(topic -> topic.getTopic().contains(request.getFilter()))
          .filter(topic -> topic.getTopic().compareTo(request.getPageToken()) > 0)
          .findFirst()
          .ifPresent(topic -> page.addTopics(topic).setNextPageToken(topic.getTopic()));
      answer(out, page.build());
    }

    @Override
    public void updateTopic(UpdateTopicRequest request, StreamObserver<UpdateTopicResponse> out) {
      Topic.Builder topic = topics.get(request.getTopic().getTopic()).toBuilder();
      for (String path : request.getUpdateMask().getPathsList()) {
        switch (path) {
          case "labels" -> topic.clearLabels().putAllLabels(request.getTopic().getLabelsMap());
          case "config.max_batch_bytes" ->
              topic
                  .getConfigBuilder()
                  .setMaxBatchBytes(request.getTopic().getConfig().getMaxBatchBytes());
          case "config.dedup_window_ms" ->
              topic
                  .getConfigBuilder()
                  .setDedupWindowMs(request.getTopic().getConfig().getDedupWindowMs());
          default ->
              topic
                  .getConfigBuilder()
                  .setDurability(request.getTopic().getConfig().getDurability());
        }
      }
      topics.put(topic.getTopic(), topic.build());
      answer(out, UpdateTopicResponse.newBuilder().setTopic(topic).build());
    }

    @Override
    public void deleteTopic(DeleteTopicRequest request, StreamObserver<DeleteTopicResponse> out) {
      if (topics.remove(request.getTopic()) == null) {
        out.onError(noTopic(request.getTopic()));
        return;
      }
      answer(out, DeleteTopicResponse.getDefaultInstance());
    }

    @Override
    public void listPartitions(
        ListPartitionsRequest request, StreamObserver<ListPartitionsResponse> out) {
      ListPartitionsResponse.Builder list =
          ListPartitionsResponse.newBuilder().addAllPartitions(shownPartitions.values());
      for (Topic topic : topics.values()) {
        for (int i = 0; i < topic.getPartitions(); i++) {
          list.addPartitions(
              Partition.newBuilder()
                  .setTopic(topic.getTopic())
                  .setPartition(i)
                  .setLeaderBrokerId(1)
                  .setTerm(7)
                  .setHighWatermark(log.end(topic.getTopic(), i))
                  .addReplicas(
                      ReplicaState.newBuilder()
                          .setBrokerId(1)
                          .setRole(ReplicaRole.REPLICA_ROLE_LEADER)
                          .setReachable(true))
                  .addReplicas(ReplicaState.newBuilder().setBrokerId(2).setLagEntries(3)));
        }
      }
      answer(out, list.build());
    }

    @Override
    public void getPartition(
        GetPartitionRequest request, StreamObserver<GetPartitionResponse> out) {
      Partition found = shownPartitions.get(request.getTopic() + "/" + request.getPartition());
      if (found == null) {
        out.onError(noTopic(request.getTopic()));
        return;
      }
      answer(out, GetPartitionResponse.newBuilder().setPartition(found).build());
    }

    @Override
    public void verifyPartition(
        VerifyPartitionRequest request, StreamObserver<VerifyPartitionResponse> out) {
      answer(
          out,
          VerifyPartitionResponse.newBuilder()
              .setEqual(equal)
              .setFirstDifferenceIndex(equal ? 0 : 12)
              .setFirstDifferenceOffset(equal ? 0 : 10)
              .addReplicas(ReplicaDigest.newBuilder().setBrokerId(1).setDigest("abcdef0123456789"))
              .build());
    }
  }
}
