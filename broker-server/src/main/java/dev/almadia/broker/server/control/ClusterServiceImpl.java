// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.control;

import dev.almadia.broker.core.cluster.Operations;
import dev.almadia.broker.core.cluster.Orders;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.OperationImage;
import dev.almadia.broker.core.routing.LeaderTable;
import dev.almadia.broker.core.topics.Decision;
import dev.almadia.internal.v1.MetadataCommand;
import dev.almadia.internal.v1.SetClusterConfig;
import dev.almadia.v1.Balancing;
import dev.almadia.v1.CancelOperationRequest;
import dev.almadia.v1.ChangeReplicationFactorRequest;
import dev.almadia.v1.ClusterEvent;
import dev.almadia.v1.ClusterServiceGrpc;
import dev.almadia.v1.DecommissionBrokerRequest;
import dev.almadia.v1.DrainBrokerRequest;
import dev.almadia.v1.GetBalancingRequest;
import dev.almadia.v1.GetClusterHealthRequest;
import dev.almadia.v1.GetClusterHealthResponse;
import dev.almadia.v1.GetClusterRequest;
import dev.almadia.v1.GetClusterResponse;
import dev.almadia.v1.GetOperationRequest;
import dev.almadia.v1.GetServerInfoRequest;
import dev.almadia.v1.GetServerInfoResponse;
import dev.almadia.v1.ListBrokersRequest;
import dev.almadia.v1.ListBrokersResponse;
import dev.almadia.v1.ListOperationsRequest;
import dev.almadia.v1.ListOperationsResponse;
import dev.almadia.v1.MoveReplicasRequest;
import dev.almadia.v1.Operation;
import dev.almadia.v1.OperationResponse;
import dev.almadia.v1.RebalanceRequest;
import dev.almadia.v1.RecommissionBrokerRequest;
import dev.almadia.v1.RecommissionBrokerResponse;
import dev.almadia.v1.ServerLimits;
import dev.almadia.v1.SetBalancingRequest;
import dev.almadia.v1.TransferLeadershipRequest;
import dev.almadia.v1.TransferLeadershipResponse;
import dev.almadia.v1.UndrainBrokerRequest;
import dev.almadia.v1.UndrainBrokerResponse;
import dev.almadia.v1.UnsafeRecoverRequest;
import dev.almadia.v1.UnsafeRecoverResponse;
import dev.almadia.v1.WatchClusterRequest;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;

/** The cluster as this broker sees it. */
final class ClusterServiceImpl extends ClusterServiceGrpc.ClusterServiceImplBase {
  /** Names of what this server can do beyond the first release's minimum. */
  private static final List<String> FEATURES =
      List.of(
          "produce",
          "produce-stream",
          "fetch",
          "subscribe",
          "verify",
          "quorum-buffered",
          "compression");

  private final ControlParts parts;
  private final ReplicaReports reports;
  private final FactsSource source;
  private final ClusterOrders orders;
  private final LeaderTransfer transfers;
  private final OperationWaits operations;
  private final BrokerViews brokers;
  private final ClusterWatches watches;
  private final UnsafeRecovery recovery;

  ClusterServiceImpl(ControlParts parts, ReplicaReports reports, FactsSource source) {
    this.parts = parts;
    this.reports = reports;
    this.source = source;
    this.orders = new ClusterOrders(parts, source);
    this.transfers = new LeaderTransfer(parts);
    this.operations = new OperationWaits(parts, source);
    this.brokers = new BrokerViews(parts, source);
    this.watches = new ClusterWatches(parts);
    this.recovery = new UnsafeRecovery(parts, reports, source);
  }

  @Override
  public void drainBroker(DrainBrokerRequest request, StreamObserver<OperationResponse> out) {
    Answers.sendWhenDone(
        out,
        orders.begin(
            new ClusterOrders.Asked<>(
                ClusterServiceGrpc.getDrainBrokerMethod(),
                request,
                request.getValidateOnly(),
                0,
                given -> given.drain(request.getBrokerId()))));
  }

  @Override
  public void decommissionBroker(
      DecommissionBrokerRequest request, StreamObserver<OperationResponse> out) {
    Answers.sendWhenDone(
        out,
        orders.begin(
            new ClusterOrders.Asked<>(
                ClusterServiceGrpc.getDecommissionBrokerMethod(),
                request,
                request.getValidateOnly(),
                request.getThrottleBytesPerSecond(),
                given -> given.decommission(request.getBrokerId()))));
  }

  @Override
  public void moveReplicas(MoveReplicasRequest request, StreamObserver<OperationResponse> out) {
    Answers.sendWhenDone(
        out,
        orders.begin(
            new ClusterOrders.Asked<>(
                ClusterServiceGrpc.getMoveReplicasMethod(),
                request,
                request.getValidateOnly(),
                request.getThrottleBytesPerSecond(),
                given -> given.move(request.getMovesList()))));
  }

  @Override
  public void changeReplicationFactor(
      ChangeReplicationFactorRequest request, StreamObserver<OperationResponse> out) {
    Answers.sendWhenDone(
        out,
        orders.begin(
            new ClusterOrders.Asked<>(
                ClusterServiceGrpc.getChangeReplicationFactorMethod(),
                request,
                request.getValidateOnly(),
                request.getThrottleBytesPerSecond(),
                given -> given.replication(request.getTopic(), request.getReplicationFactor()))));
  }

  @Override
  public void rebalance(RebalanceRequest request, StreamObserver<OperationResponse> out) {
    Answers.sendWhenDone(
        out,
        orders.begin(
            new ClusterOrders.Asked<>(
                ClusterServiceGrpc.getRebalanceMethod(),
                request,
                request.getValidateOnly(),
                request.getThrottleBytesPerSecond(),
                Orders::rebalance)));
  }

  @Override
  public void undrainBroker(
      UndrainBrokerRequest request, StreamObserver<UndrainBrokerResponse> out) {
    Answers.sendWhenDone(
        out,
        orders.change(
            ClusterServiceGrpc.getUndrainBrokerMethod(),
            request,
            image -> orders.plain(image, given -> given.undrain(request.getBrokerId())),
            image ->
                UndrainBrokerResponse.newBuilder()
                    .setBroker(brokers.one(image, request.getBrokerId()))
                    .build(),
            image -> image.isActive(request.getBrokerId())));
  }

  @Override
  public void recommissionBroker(
      RecommissionBrokerRequest request, StreamObserver<RecommissionBrokerResponse> out) {
    Answers.sendWhenDone(
        out,
        orders.change(
            ClusterServiceGrpc.getRecommissionBrokerMethod(),
            request,
            image -> orders.plain(image, given -> given.recommission(request.getBrokerId())),
            image ->
                RecommissionBrokerResponse.newBuilder()
                    .setBroker(brokers.one(image, request.getBrokerId()))
                    .build(),
            image -> image.isActive(request.getBrokerId())));
  }

  @Override
  public void transferLeadership(
      TransferLeadershipRequest request, StreamObserver<TransferLeadershipResponse> out) {
    Answers.sendWhenDone(out, transfers.start(request));
  }

  @Override
  public void getBalancing(GetBalancingRequest request, StreamObserver<Balancing> out) {
    Answers.send(out, brokers.balancing(parts.context().image()));
  }

  @Override
  public void setBalancing(SetBalancingRequest request, StreamObserver<Balancing> out) {
    Answers.sendWhenDone(
        out,
        orders.change(
            ClusterServiceGrpc.getSetBalancingMethod(),
            request,
            image ->
                Decision.accept(
                    MetadataCommand.newBuilder()
                        .setTimeMs(orders.nowMs())
                        .setSetClusterConfig(
                            SetClusterConfig.newBuilder()
                                .setLeaderBalancing(request.getLeaderBalancing()))
                        .build()),
            brokers::balancing,
            image -> image.leaderBalancing() == request.getLeaderBalancing()));
  }

  @Override
  public void getOperation(GetOperationRequest request, StreamObserver<Operation> out) {
    Answers.sendWhenDone(out, operations.get(request));
  }

  @Override
  public void listOperations(
      ListOperationsRequest request, StreamObserver<ListOperationsResponse> out) {
    Answers.sendWhenDone(
        out,
        source
            .gather()
            .thenApply(
                facts ->
                    ListOperationsResponse.newBuilder()
                        .addAllOperations(
                            Operations.list(
                                parts.context().image(), facts, request.getRunningOnly()))
                        .build()));
  }

  @Override
  public void cancelOperation(CancelOperationRequest request, StreamObserver<Operation> out) {
    Answers.sendWhenDone(
        out,
        orders.change(
            ClusterServiceGrpc.getCancelOperationMethod(),
            request,
            image -> Operations.cancel(image, request.getName(), orders.nowMs()),
            image ->
                Operations.describe(
                    image,
                    source.now(),
                    Answers.valueOf(Operations.find(image, request.getName()))),
            image -> isEnded(image, request.getName())));
  }

  private static boolean isEnded(MetadataImage image, String name) {
    return !(Operations.find(image, name) instanceof Decision.Accepted<OperationImage> found)
        || !found.value().isRunning();
  }

  @Override
  public void unsafeRecover(
      UnsafeRecoverRequest request, StreamObserver<UnsafeRecoverResponse> out) {
    Answers.sendWhenDone(out, recovery.start(request));
  }

  @Override
  public void watchCluster(WatchClusterRequest request, StreamObserver<ClusterEvent> out) {
    watches.add(request, (ServerCallStreamObserver<ClusterEvent>) out);
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
            .setTimeMs(parts.context().wallMillis())
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
    Answers.sendWhenDone(
        out,
        brokers
            .all(image)
            .thenApply(
                all ->
                    GetClusterResponse.newBuilder()
                        .setClusterId(image.clusterId())
                        .setMetadataLeaderBrokerId(leader.brokerId())
                        .setMetadataTerm(leader.term())
                        .setMetadataRevision(image.revision())
                        .addAllBrokers(all)
                        .setTopics(image.topics().size())
                        .setPartitions(image.partitionsByGroup().size())
                        .addAllForced(brokers.forced(image))
                        .build()));
  }

  @Override
  public void listBrokers(ListBrokersRequest request, StreamObserver<ListBrokersResponse> out) {
    Answers.sendWhenDone(
        out,
        brokers
            .all(parts.context().image())
            .thenApply(all -> ListBrokersResponse.newBuilder().addAllBrokers(all).build()));
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
}
