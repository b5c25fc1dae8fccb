// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import dev.almadia.v1.Broker;
import dev.almadia.v1.ClusterServiceGrpc;
import dev.almadia.v1.ConsumerServiceGrpc;
import dev.almadia.v1.CreateTopicRequest;
import dev.almadia.v1.DeleteTopicRequest;
import dev.almadia.v1.GetClusterHealthRequest;
import dev.almadia.v1.GetClusterHealthResponse;
import dev.almadia.v1.GetClusterRequest;
import dev.almadia.v1.GetClusterResponse;
import dev.almadia.v1.GetPartitionRequest;
import dev.almadia.v1.GetServerInfoRequest;
import dev.almadia.v1.GetServerInfoResponse;
import dev.almadia.v1.GetTopicRequest;
import dev.almadia.v1.ListBrokersRequest;
import dev.almadia.v1.ListPartitionsRequest;
import dev.almadia.v1.ListPartitionsResponse;
import dev.almadia.v1.ListTopicsRequest;
import dev.almadia.v1.ListTopicsResponse;
import dev.almadia.v1.Partition;
import dev.almadia.v1.Position;
import dev.almadia.v1.ResolveOffsetsRequest;
import dev.almadia.v1.ResolvedOffset;
import dev.almadia.v1.Topic;
import dev.almadia.v1.TopicServiceGrpc;
import dev.almadia.v1.UpdateTopicRequest;
import dev.almadia.v1.VerifyPartitionRequest;
import dev.almadia.v1.VerifyPartitionResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * All calls about topics and the cluster. Any thread; every method blocks at most for the timeout
 * that the client was built with and throws {@link AlmadiaException} if the call failed.
 */
public final class Admin {
  private static final int PAGE_SIZE = 1_000;
  private static final Duration ATTEMPT = Duration.ofSeconds(5);

  private final Calls calls;
  private final Duration timeout;

  Admin(Calls calls, Duration timeout) {
    this.calls = calls;
    this.timeout = timeout;
  }

  /** Creates a topic, or with {@code validate_only} only checks. */
  public Topic createTopic(CreateTopicRequest request) {
    return calls.write(TopicServiceGrpc.getCreateTopicMethod(), request, timeout).getTopic();
  }

  /** Describes a topic. */
  public Topic getTopic(String topic) {
    GetTopicRequest request = GetTopicRequest.newBuilder().setTopic(topic).build();
    return calls.read(TopicServiceGrpc.getGetTopicMethod(), request, timeout, ATTEMPT).getTopic();
  }

  /** All topics whose name contains the filter (empty: all), by name. Reads page after page. */
  public List<Topic> listTopics(String filter) {
    List<Topic> topics = new ArrayList<>();
    String token = "";
    do {
      ListTopicsRequest request =
          ListTopicsRequest.newBuilder()
              .setFilter(filter)
              .setPageSize(PAGE_SIZE)
              .setPageToken(token)
              .build();
      ListTopicsResponse page =
          calls.read(TopicServiceGrpc.getListTopicsMethod(), request, timeout, ATTEMPT);
      topics.addAll(page.getTopicsList());
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    return topics;
  }

  /** Changes what the request's mask names. */
  public Topic updateTopic(UpdateTopicRequest request) {
    return calls.write(TopicServiceGrpc.getUpdateTopicMethod(), request, timeout).getTopic();
  }

  /** Deletes a topic and its records. */
  public void deleteTopic(DeleteTopicRequest request) {
    var unused = calls.write(TopicServiceGrpc.getDeleteTopicMethod(), request, timeout);
  }

  /** All partitions of a topic (empty: of all topics), by topic and number. */
  public List<Partition> listPartitions(String topic) {
    List<Partition> partitions = new ArrayList<>();
    String token = "";
    do {
      ListPartitionsRequest request =
          ListPartitionsRequest.newBuilder()
              .setTopic(topic)
              .setPageSize(PAGE_SIZE)
              .setPageToken(token)
              .build();
      ListPartitionsResponse page =
          calls.read(TopicServiceGrpc.getListPartitionsMethod(), request, timeout, timeout);
      partitions.addAll(page.getPartitionsList());
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    return partitions;
  }

  /** Describes a partition. */
  public Partition getPartition(String topic, int partition) {
    GetPartitionRequest request =
        GetPartitionRequest.newBuilder().setTopic(topic).setPartition(partition).build();
    return calls
        .read(TopicServiceGrpc.getGetPartitionMethod(), request, timeout, ATTEMPT)
        .getPartition();
  }

  /** Compares the replicas of a partition. Reads the whole partition, so give it time. */
  public VerifyPartitionResponse verifyPartition(String topic, int partition, Duration deadline) {
    VerifyPartitionRequest request =
        VerifyPartitionRequest.newBuilder().setTopic(topic).setPartition(partition).build();
    return calls.read(TopicServiceGrpc.getVerifyPartitionMethod(), request, deadline, deadline);
  }

  /** Turns a position into offsets; no partitions means all. */
  public List<ResolvedOffset> resolveOffsets(
      String topic, Collection<Integer> partitions, Position position) {
    ResolveOffsetsRequest request =
        ResolveOffsetsRequest.newBuilder()
            .setTopic(topic)
            .addAllPartitions(partitions)
            .setPosition(position)
            .build();
    return calls
        .read(ConsumerServiceGrpc.getResolveOffsetsMethod(), request, timeout, ATTEMPT)
        .getOffsetsList();
  }

  /** Describes the broker that answers. */
  public GetServerInfoResponse serverInfo() {
    return calls.read(
        ClusterServiceGrpc.getGetServerInfoMethod(),
        GetServerInfoRequest.getDefaultInstance(),
        timeout,
        ATTEMPT);
  }

  /** Describes the cluster. */
  public GetClusterResponse cluster() {
    return calls.read(
        ClusterServiceGrpc.getGetClusterMethod(),
        GetClusterRequest.getDefaultInstance(),
        timeout,
        ATTEMPT);
  }

  /** Says what is wrong, if anything. */
  public GetClusterHealthResponse health() {
    return calls.read(
        ClusterServiceGrpc.getGetClusterHealthMethod(),
        GetClusterHealthRequest.getDefaultInstance(),
        timeout,
        ATTEMPT);
  }

  /** The brokers by id. */
  public List<Broker> listBrokers() {
    return calls
        .read(
            ClusterServiceGrpc.getListBrokersMethod(),
            ListBrokersRequest.getDefaultInstance(),
            timeout,
            ATTEMPT)
        .getBrokersList();
  }
}
