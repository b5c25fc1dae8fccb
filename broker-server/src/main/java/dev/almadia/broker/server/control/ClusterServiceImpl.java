// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.control;

import dev.almadia.broker.core.metadata.BrokerImage;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataImage.PartitionOfTopic;
import dev.almadia.broker.core.routing.LeaderTable;
import dev.almadia.v1.Broker;
import dev.almadia.v1.ClusterServiceGrpc;
import dev.almadia.v1.GetClusterHealthRequest;
import dev.almadia.v1.GetClusterHealthResponse;
import dev.almadia.v1.GetClusterRequest;
import dev.almadia.v1.GetClusterResponse;
import dev.almadia.v1.GetServerInfoRequest;
import dev.almadia.v1.GetServerInfoResponse;
import dev.almadia.v1.ListBrokersRequest;
import dev.almadia.v1.ListBrokersResponse;
import dev.almadia.v1.ServerLimits;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The cluster as this broker sees it. */
final class ClusterServiceImpl extends ClusterServiceGrpc.ClusterServiceImplBase {
  /** Names of what this server can do beyond the first release's minimum. */
  private static final List<String> FEATURES =
      List.of("produce", "produce-stream", "fetch", "subscribe", "verify", "quorum-buffered");

  private final ControlParts parts;
  private final ReplicaReports reports;

  ClusterServiceImpl(ControlParts parts) {
    this.parts = parts;
    this.reports = new ReplicaReports(parts);
  }

  @Override
  public void getServerInfo(
      GetServerInfoRequest request, StreamObserver<GetServerInfoResponse> out) {
    ControlParts.ServerFacts facts = parts.facts();
    Answers.send(
        out,
        GetServerInfoResponse.newBuilder()
            .setVersion(facts.version())
            .setClusterId(parts.context().image().clusterId())
            .setBrokerId(parts.context().brokerId())
            .addAllFeatures(FEATURES)
            .setLimits(
                ServerLimits.newBuilder()
                    .setMaxBatchBytes(facts.maxBatchBytes())
                    .setMaxRecordBytes(facts.maxRecordBytes())
                    .setMaxMessageBytes(facts.maxMessageBytes())
                    .setMaxPartitions(facts.maxPartitions()))
            .build());
  }

  @Override
  public void getCluster(GetClusterRequest request, StreamObserver<GetClusterResponse> out) {
    MetadataImage image = parts.context().image();
    LeaderTable.Leader leader = parts.router().leaderOf(MetadataImage.METADATA_GROUP);
    Answers.send(
        out,
        GetClusterResponse.newBuilder()
            .setClusterId(image.clusterId())
            .setMetadataLeaderBrokerId(leader.brokerId())
            .setMetadataTerm(leader.term())
            .setMetadataRevision(image.revision())
            .addAllBrokers(brokers(image))
            .setTopics(image.topics().size())
            .setPartitions(image.partitionsByGroup().size())
            .build());
  }

  @Override
  public void listBrokers(ListBrokersRequest request, StreamObserver<ListBrokersResponse> out) {
    Answers.send(
        out,
        ListBrokersResponse.newBuilder().addAllBrokers(brokers(parts.context().image())).build());
  }

  @Override
  public void getClusterHealth(
      GetClusterHealthRequest request, StreamObserver<GetClusterHealthResponse> out) {
    MetadataImage image = parts.context().image();
    Answers.sendWhenDone(
        out,
        reports
            .ask(image.brokers().keySet(), List.of())
            .thenApply(found -> new HealthCheck(parts, image, found).run()));
  }

  private List<Broker> brokers(MetadataImage image) {
    Map<Integer, Integer> replicas = new HashMap<>();
    Map<Integer, Integer> leaders = new HashMap<>();
    for (PartitionOfTopic one : image.partitionsByGroup().values()) {
      one.partition().replicas().forEach(broker -> replicas.merge(broker, 1, Integer::sum));
      int leader = parts.router().leaderOf(one.partition().groupId()).brokerId();
      leaders.merge(leader, 1, Integer::sum);
    }
    List<Broker> brokers = new ArrayList<>();
    for (BrokerImage broker : image.brokers().values()) {
      int id = broker.brokerId();
      brokers.add(
          Broker.newBuilder()
              .setBrokerId(id)
              .setEndpoint(broker.endpoint())
              .setInternalEndpoint(broker.internalEndpoint())
              .setHttpEndpoint(broker.httpEndpoint())
              .setVersion(broker.version())
              .setReachable(parts.context().isReachable(id))
              .setReplicas(replicas.getOrDefault(id, 0))
              .setLeaders(leaders.getOrDefault(id, 0))
              .setMetadataVoter(image.metadataGroup().votes(id))
              .setZone(broker.zone())
              .setState(broker.state())
              .build());
    }
    return brokers;
  }
}
