// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import com.google.protobuf.Message;
import dev.almadia.v1.Balancing;
import dev.almadia.v1.Broker;
import dev.almadia.v1.BrokerState;
import dev.almadia.v1.CancelOperationRequest;
import dev.almadia.v1.ChangeReplicationFactorRequest;
import dev.almadia.v1.ClusterEvent;
import dev.almadia.v1.ClusterServiceGrpc;
import dev.almadia.v1.DecommissionBrokerRequest;
import dev.almadia.v1.DrainBrokerRequest;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.Finding;
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
import dev.almadia.v1.OperationState;
import dev.almadia.v1.RebalanceRequest;
import dev.almadia.v1.RecommissionBrokerRequest;
import dev.almadia.v1.RecommissionBrokerResponse;
import dev.almadia.v1.ReplicaMove;
import dev.almadia.v1.SetBalancingRequest;
import dev.almadia.v1.Severity;
import dev.almadia.v1.TransferLeadershipRequest;
import dev.almadia.v1.TransferLeadershipResponse;
import dev.almadia.v1.UndrainBrokerRequest;
import dev.almadia.v1.UndrainBrokerResponse;
import dev.almadia.v1.UnsafeRecoverRequest;
import dev.almadia.v1.UnsafeRecoverResponse;
import dev.almadia.v1.WatchClusterRequest;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * ClusterService over plain fields that a test sets. What {@code operation} begins goes through the
 * states in {@code story}, one at each look; the last one stays.
 */
final class FakeMembership extends ClusterServiceGrpc.ClusterServiceImplBase {
  final Map<Integer, Broker> brokers = Collections.synchronizedMap(new TreeMap<>());
  final List<Finding> findings = Collections.synchronizedList(new ArrayList<>());
  final List<Message> orders = Collections.synchronizedList(new ArrayList<>());
  final List<ReplicaMove> plan = Collections.synchronizedList(new ArrayList<>());
  final Queue<Operation> story = new ConcurrentLinkedQueue<>();
  final List<ClusterEvent> events = Collections.synchronizedList(new ArrayList<>());
  volatile Operation operation =
      Operation.newBuilder()
          .setKind("drain")
          .setResource("brokers/2")
          .setState(OperationState.OPERATION_STATE_RUNNING)
          .setTotal(4)
          .setEtaSeconds(-1)
          .build();
  volatile Balancing balancing = Balancing.newBuilder().setLeaderBalancing(true).build();
  volatile UnsafeRecoverResponse recovery = UnsafeRecoverResponse.getDefaultInstance();
  volatile GetServerInfoResponse info =
      GetServerInfoResponse.newBuilder().setBrokerId(1).setVersion("1.0").build();
  volatile Supplier<Long> clock = System::currentTimeMillis;

  FakeMembership() {
    for (int id = 1; id <= 3; id++) {
      brokers.put(id, broker(id).build());
    }
  }

  /** A broker in good order. */
  static Broker.Builder broker(int id) {
    return Broker.newBuilder()
        .setBrokerId(id)
        .setEndpoint("host-" + id + ":9400")
        .setInternalEndpoint("host-" + id + ":9401")
        .setVersion("1.0")
        .setReachable(true)
        .setMetadataVoter(true)
        .setZone("z" + id)
        .setState(BrokerState.BROKER_STATE_ACTIVE)
        .setReplicas(6)
        .setLeaders(2)
        .setPreferredLeaders(2)
        .setLogBytes(3 << 20)
        .setDiskBytes(100L << 30)
        .setFreeBytes(50L << 30)
        .setLastHeardMs(1_764_000_000_000L);
  }

  static Finding finding(String code, String resource) {
    return Finding.newBuilder()
        .setCode(code)
        .setSeverity(Severity.SEVERITY_CRITICAL)
        .setResource(resource)
        .setMessage("something is wrong with it")
        .setHint("repair it")
        .build();
  }

  private void order(Message request, boolean validateOnly, StreamObserver<OperationResponse> out) {
    if (validateOnly) {
      FakeCluster.answer(
          out, OperationResponse.newBuilder().setOperation(operation).addAllPlan(plan).build());
      return;
    }
    orders.add(request);
    operation = operation.toBuilder().setName("operations/7").build();
    FakeCluster.answer(
        out, OperationResponse.newBuilder().setOperation(operation).addAllPlan(plan).build());
  }

  private @Nullable Broker known(int id, StreamObserver<?> out) {
    Broker broker = brokers.get(id);
    if (broker == null) {
      out.onError(
          FakeCluster.error(
              ErrorReason.ERROR_REASON_BROKER_NOT_FOUND,
              "There is no broker " + id + "; known are " + brokers.keySet(),
              Map.of("broker_id", String.valueOf(id))));
    }
    return broker;
  }

  @Override
  public void getServerInfo(
      GetServerInfoRequest request, StreamObserver<GetServerInfoResponse> out) {
    FakeCluster.answer(out, info.toBuilder().setTimeMs(clock.get()).build());
  }

  @Override
  public void getCluster(GetClusterRequest request, StreamObserver<GetClusterResponse> out) {
    FakeCluster.answer(
        out,
        GetClusterResponse.newBuilder()
            .setClusterId("c-1")
            .setMetadataLeaderBrokerId(1)
            .addAllBrokers(brokers.values())
            .setPartitions(6)
            .build());
  }

  @Override
  public void listBrokers(ListBrokersRequest request, StreamObserver<ListBrokersResponse> out) {
    FakeCluster.answer(
        out, ListBrokersResponse.newBuilder().addAllBrokers(brokers.values()).build());
  }

  @Override
  public void getClusterHealth(
      GetClusterHealthRequest request, StreamObserver<GetClusterHealthResponse> out) {
    FakeCluster.answer(
        out,
        GetClusterHealthResponse.newBuilder()
            .setHealthy(findings.isEmpty())
            .addAllFindings(findings)
            .build());
  }

  @Override
  public void drainBroker(DrainBrokerRequest request, StreamObserver<OperationResponse> out) {
    if (known(request.getBrokerId(), out) != null) {
      order(request, request.getValidateOnly(), out);
    }
  }

  @Override
  public void decommissionBroker(
      DecommissionBrokerRequest request, StreamObserver<OperationResponse> out) {
    order(request, request.getValidateOnly(), out);
  }

  @Override
  public void undrainBroker(
      UndrainBrokerRequest request, StreamObserver<UndrainBrokerResponse> out) {
    Broker broker = known(request.getBrokerId(), out);
    if (broker != null) {
      orders.add(request);
      FakeCluster.answer(out, UndrainBrokerResponse.newBuilder().setBroker(active(broker)).build());
    }
  }

  @Override
  public void recommissionBroker(
      RecommissionBrokerRequest request, StreamObserver<RecommissionBrokerResponse> out) {
    Broker broker = known(request.getBrokerId(), out);
    if (broker != null) {
      orders.add(request);
      FakeCluster.answer(
          out, RecommissionBrokerResponse.newBuilder().setBroker(active(broker)).build());
    }
  }

  private Broker active(Broker broker) {
    Broker active = broker.toBuilder().setState(BrokerState.BROKER_STATE_ACTIVE).build();
    brokers.put(broker.getBrokerId(), active);
    return active;
  }

  @Override
  public void transferLeadership(
      TransferLeadershipRequest request, StreamObserver<TransferLeadershipResponse> out) {
    if (request.getPartition() == 9) {
      out.onError(
          FakeCluster.error(
              ErrorReason.ERROR_REASON_NO_LEADER, "no leader", Map.of("partition", "9")));
      return;
    }
    orders.add(request);
    FakeCluster.answer(
        out, TransferLeadershipResponse.newBuilder().setLeaderBrokerId(2).setTerm(8).build());
  }

  @Override
  public void moveReplicas(MoveReplicasRequest request, StreamObserver<OperationResponse> out) {
    order(request, request.getValidateOnly(), out);
  }

  @Override
  public void changeReplicationFactor(
      ChangeReplicationFactorRequest request, StreamObserver<OperationResponse> out) {
    order(request, request.getValidateOnly(), out);
  }

  @Override
  public void rebalance(RebalanceRequest request, StreamObserver<OperationResponse> out) {
    order(request, request.getValidateOnly(), out);
  }

  @Override
  public void getBalancing(GetBalancingRequest request, StreamObserver<Balancing> out) {
    FakeCluster.answer(out, balancing);
  }

  @Override
  public void setBalancing(SetBalancingRequest request, StreamObserver<Balancing> out) {
    orders.add(request);
    balancing = balancing.toBuilder().setLeaderBalancing(request.getLeaderBalancing()).build();
    FakeCluster.answer(out, balancing);
  }

  @Override
  public void unsafeRecover(
      UnsafeRecoverRequest request, StreamObserver<UnsafeRecoverResponse> out) {
    if (request.getValidateOnly()) {
      FakeCluster.answer(out, recovery);
    } else if (!request.getConfirm().equals(recovery.getConfirm())) {
      out.onError(
          FakeCluster.error(
              ErrorReason.ERROR_REASON_CONFIRMATION_NEEDED, "not what was confirmed", Map.of()));
    } else {
      orders.add(request);
      operation = operation.toBuilder().setName("operations/7").setKind("recover").build();
      FakeCluster.answer(out, recovery.toBuilder().setOperation(operation).build());
    }
  }

  @Override
  public void getOperation(GetOperationRequest request, StreamObserver<Operation> out) {
    if (!request.getName().equals("operations/7")) {
      out.onError(
          FakeCluster.error(
              ErrorReason.ERROR_REASON_OPERATION_NOT_FOUND,
              "There is no operation '" + request.getName() + "', or it ended long ago",
              Map.of("operation", request.getName())));
      return;
    }
    Operation next = story.poll();
    if (next != null) {
      operation = next.toBuilder().setName("operations/7").build();
    }
    FakeCluster.answer(out, operation.toBuilder().setName("operations/7").build());
  }

  @Override
  public void listOperations(
      ListOperationsRequest request, StreamObserver<ListOperationsResponse> out) {
    ListOperationsResponse.Builder list = ListOperationsResponse.newBuilder();
    if (!operation.getName().isEmpty()
        && (!request.getRunningOnly() || OperationView.isRunning(operation))) {
      list.addOperations(operation);
    }
    FakeCluster.answer(out, list.build());
  }

  @Override
  public void cancelOperation(CancelOperationRequest request, StreamObserver<Operation> out) {
    orders.add(request);
    operation = operation.toBuilder().setState(OperationState.OPERATION_STATE_CANCELLED).build();
    FakeCluster.answer(out, operation);
  }

  @Override
  public void watchCluster(WatchClusterRequest request, StreamObserver<ClusterEvent> out) {
    if (request.getIncludePresent()) {
      out.onNext(ClusterEvent.newBuilder().setType("BROKER").setResource("brokers/1").build());
    }
    events.forEach(out::onNext);
  }
}
