// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.control;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.ClusterErrors;
import dev.almadia.broker.core.metadata.BrokerImage;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.topics.Decision;
import dev.almadia.broker.server.BrokerContext;
import dev.almadia.broker.server.BrokerIdentity;
import dev.almadia.internal.v1.AskClusterRequest;
import dev.almadia.internal.v1.AskClusterResponse;
import dev.almadia.internal.v1.BrokerRegistration;
import dev.almadia.internal.v1.BrokerServiceGrpc;
import dev.almadia.internal.v1.DigestReplicaRequest;
import dev.almadia.internal.v1.DigestReplicaResponse;
import dev.almadia.internal.v1.ForceGroupsRequest;
import dev.almadia.internal.v1.ForceGroupsResponse;
import dev.almadia.internal.v1.GetBrokerStatusRequest;
import dev.almadia.internal.v1.GetBrokerStatusResponse;
import dev.almadia.internal.v1.GetReplicasRequest;
import dev.almadia.internal.v1.GetReplicasResponse;
import dev.almadia.internal.v1.GroupHandOver;
import dev.almadia.internal.v1.HandOverGroupsRequest;
import dev.almadia.internal.v1.HandOverGroupsResponse;
import dev.almadia.internal.v1.MetadataCommand;
import dev.almadia.internal.v1.RecordRecoveryRequest;
import dev.almadia.internal.v1.RecordRecoveryResponse;
import dev.almadia.internal.v1.RegisterBrokerRequest;
import dev.almadia.internal.v1.RegisterBrokerResponse;
import dev.almadia.internal.v1.ReportDamageRequest;
import dev.almadia.internal.v1.ReportDamageResponse;
import dev.almadia.internal.v1.SettleGroups;
import dev.almadia.internal.v1.SettleReplicasRequest;
import dev.almadia.internal.v1.SettleReplicasResponse;
import dev.almadia.v1.ErrorReason;
import io.grpc.stub.StreamObserver;

/** What brokers ask each other. On the internal port only. */
final class BrokerServiceImpl extends BrokerServiceGrpc.BrokerServiceImplBase {
  private final ControlParts parts;
  private final MetadataChanges changes;
  private final ReplicaReports reports;
  private final ReplicaDigests digests;
  private final BrokerStatuses statuses;
  private final ForcedGroups forced;
  private final DamagedReplicas damaged;
  private final RecoveryRecords records;

  BrokerServiceImpl(ControlParts parts) {
    this.parts = parts;
    this.changes = new MetadataChanges(parts);
    this.reports = new ReplicaReports(parts);
    this.digests = new ReplicaDigests(parts);
    this.statuses = new BrokerStatuses(parts);
    this.forced = new ForcedGroups(parts.context());
    this.damaged = new DamagedReplicas(parts);
    this.records = new RecoveryRecords(parts);
  }

  @Override
  public void registerBroker(
      RegisterBrokerRequest request, StreamObserver<RegisterBrokerResponse> out) {
    Answers.sendWhenDone(
        out,
        changes.start(
            new MetadataChange<>(
                BrokerServiceGrpc.getRegisterBrokerMethod(),
                request,
                image -> register(image, request.getBroker()),
                false,
                false,
                (image, command) ->
                    RegisterBrokerResponse.newBuilder()
                        .setClusterId(image.clusterId())
                        .setMetadataLife(
                            image.metadataGroup().lifeOf(request.getBroker().getBrokerId()))
                        .build(),
                (image, answer) -> {
                  BrokerImage known = image.brokers().get(request.getBroker().getBrokerId());
                  return known != null
                      && known.endpoint().equals(request.getBroker().getEndpoint());
                })));
  }

  /**
   * A broker that comes with another disk takes the place of the one before, whose data are given
   * up: so that one must be gone.
   */
  private Decision<MetadataCommand> register(MetadataImage image, BrokerRegistration broker) {
    int brokerId = broker.getBrokerId();
    if (image.wasGivenUp(brokerId, broker.getIncarnation())) {
      return Decision.refuse(ClusterErrors.brokerDecommissioned(brokerId));
    }
    BrokerImage known = image.brokers().get(brokerId);
    if (known != null
        && !known.incarnation().equals(broker.getIncarnation())
        && parts.context().isReachable(brokerId)) {
      return Decision.refuse(
          BrokerError.of(
              ErrorReason.ERROR_REASON_BROKER_ID_IN_USE,
              "Broker id "
                  + brokerId
                  + " is in use by the broker at "
                  + known.internalEndpoint()
                  + ", which is alive; take another broker-id, or stop that one first",
              "broker_id",
              brokerId,
              "endpoint",
              known.internalEndpoint()));
    }
    return Decision.accept(
        MetadataCommand.newBuilder()
            .setTimeMs(parts.context().wallMillis())
            .setRegisterBroker(broker)
            .build());
  }

  @Override
  public void settleReplicas(
      SettleReplicasRequest request, StreamObserver<SettleReplicasResponse> out) {
    Answers.sendWhenDone(
        out,
        changes.start(
            new MetadataChange<>(
                BrokerServiceGrpc.getSettleReplicasMethod(),
                request,
                image ->
                    Decision.accept(
                        MetadataCommand.newBuilder()
                            .setTimeMs(parts.context().wallMillis())
                            .setSettleGroups(
                                SettleGroups.newBuilder().addAllGroups(request.getGroupsList()))
                            .build()),
                false,
                false,
                (image, command) -> SettleReplicasResponse.getDefaultInstance(),
                (image, answer) -> true)));
  }

  @Override
  public void reportDamage(ReportDamageRequest request, StreamObserver<ReportDamageResponse> out) {
    Answers.sendWhenDone(
        out,
        changes.start(
            new MetadataChange<>(
                BrokerServiceGrpc.getReportDamageMethod(),
                request,
                image -> damaged.giveUp(image, request),
                false,
                false,
                (image, command) -> ReportDamageResponse.getDefaultInstance(),
                (image, answer) -> true)));
  }

  /** Those that this broker leads; the others are somebody else's by now. */
  @Override
  public void handOverGroups(
      HandOverGroupsRequest request, StreamObserver<HandOverGroupsResponse> out) {
    for (GroupHandOver one : request.getGroupsList()) {
      parts.context().groups().transferLeadership(one.getGroupId(), one.getToBrokerId());
    }
    Answers.send(out, HandOverGroupsResponse.getDefaultInstance());
  }

  /**
   * Answered at any time: by a broker that is itself not in a cluster yet, and by one that has just
   * been started and has not read its metadata. What its disk knows of the cluster it must say
   * then, too: otherwise one that has lost its disk takes both of them for new and votes again.
   */
  @Override
  public void askCluster(AskClusterRequest request, StreamObserver<AskClusterResponse> out) {
    BrokerContext context = parts.context();
    BrokerIdentity identity = context.identity();
    AskClusterResponse.Builder answer =
        AskClusterResponse.newBuilder()
            .setBrokerId(context.brokerId())
            .setIncarnation(identity.incarnation())
            .setClusterId(identity.clusterId())
            .setMetadataLeaderBrokerId(
                parts.router().leaderOf(MetadataImage.METADATA_GROUP).brokerId())
            .addAllInitialBrokerIds(parts.facts().initialBrokers())
            .setDecommissioned(
                context.image().wasGivenUp(request.getBrokerId(), request.getIncarnation()));
    if (identity.hasEntered()) {
      answer.setFormed(true).putAllFormedWith(identity.formedWith());
    }
    context.image().brokers().values().forEach(broker -> answer.addBrokers(registrationOf(broker)));
    Answers.send(out, answer.build());
  }

  private static BrokerRegistration registrationOf(BrokerImage broker) {
    return BrokerRegistration.newBuilder()
        .setBrokerId(broker.brokerId())
        .setIncarnation(broker.incarnation())
        .setEndpoint(broker.endpoint())
        .setInternalEndpoint(broker.internalEndpoint())
        .setHttpEndpoint(broker.httpEndpoint())
        .setVersion(broker.version())
        .build();
  }

  @Override
  public void getReplicas(GetReplicasRequest request, StreamObserver<GetReplicasResponse> out) {
    Answers.sendWhenDone(out, reports.here(request));
  }

  @Override
  public void forceGroups(ForceGroupsRequest request, StreamObserver<ForceGroupsResponse> out) {
    Answers.sendWhenDone(out, forced.force(request));
  }

  @Override
  public void recordRecovery(
      RecordRecoveryRequest request, StreamObserver<RecordRecoveryResponse> out) {
    Answers.sendWhenDone(out, records.record(request));
  }

  @Override
  public void getBrokerStatus(
      GetBrokerStatusRequest request, StreamObserver<GetBrokerStatusResponse> out) {
    Answers.send(out, statuses.here());
  }

  @Override
  public void digestReplica(
      DigestReplicaRequest request, StreamObserver<DigestReplicaResponse> out) {
    Answers.sendWhenDone(out, digests.here(request));
  }
}
