// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.workload;

import dev.almadia.broker.core.metadata.BrokerImage;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataImage.PartitionOfTopic;
import dev.almadia.broker.core.metadata.OperationImage;
import dev.almadia.broker.core.metadata.OperationKind;
import dev.almadia.simulation.kernel.SimRandom;
import dev.almadia.v1.Blocker;
import dev.almadia.v1.CancelOperationRequest;
import dev.almadia.v1.ChangeReplicationFactorRequest;
import dev.almadia.v1.ClusterServiceGrpc;
import dev.almadia.v1.ClusterServiceGrpc.ClusterServiceStub;
import dev.almadia.v1.DecommissionBrokerRequest;
import dev.almadia.v1.DrainBrokerRequest;
import dev.almadia.v1.ListOperationsRequest;
import dev.almadia.v1.ListOperationsResponse;
import dev.almadia.v1.MoveReplicasRequest;
import dev.almadia.v1.Operation;
import dev.almadia.v1.RebalanceRequest;
import dev.almadia.v1.RecommissionBrokerRequest;
import dev.almadia.v1.ReplicaMove;
import dev.almadia.v1.SetBalancingRequest;
import dev.almadia.v1.TransferLeadershipRequest;
import dev.almadia.v1.UndrainBrokerRequest;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An administrator who gives orders about brokers and replicas, by what he has seen of the cluster
 * a moment ago. That an order is refused for a reason is fine.
 */
final class OrderClient implements WorkloadClient {
  private static final long DEADLINE_MILLIS = 8_000;
  private static final int REPLICAS_MAX = 5;
  private static final long AGAIN_MILLIS = 500;

  /** Why an operation may wait for ever in a cluster in which nothing is broken. */
  private static final List<String> FOR_PEOPLE =
      List.of(
          "NOT_ENOUGH_BROKERS",
          "ONLY_REPLICA",
          "LEADER_STAYS",
          "TARGET_NOT_ACTIVE",
          "METADATA_VOTER");

  private static final String NOT_TOLD = "nobody lists the operations that run";

  private final Caller caller;
  private final Pace pace;
  private int underWay;
  private boolean stopped;
  private @Nullable String unexplained = NOT_TOLD;

  OrderClient(Caller caller, long pauseMillis) {
    this.caller = caller;
    this.pace = new Pace(caller, pauseMillis, this::step);
  }

  @Override
  public void start() {
    pace.start();
  }

  @Override
  public void stop() {
    stopped = true;
  }

  @Override
  public boolean isIdle() {
    return underWay == 0;
  }

  private MetadataImage image() {
    return caller.world().cluster().image();
  }

  private void step() {
    if (stopped || image().brokers().isEmpty()) {
      return;
    }
    switch (caller.random().below(16)) {
      case 0 -> drain();
      case 1, 2 -> undrain();
      case 3 -> decommission();
      case 4 -> recommission();
      case 5, 6, 7, 8 -> move();
      case 9, 10 -> replicate();
      case 11 -> rebalance();
      case 12 -> cancel();
      case 13, 14 -> transfer();
      default -> balance();
    }
  }

  /** One method of the stub. */
  @FunctionalInterface
  private interface Method<Q, R> {
    void call(ClusterServiceStub stub, Q request, StreamObserver<R> out);
  }

  /** An order; what it answers is of no interest here. */
  private <Q, R> void order(String method, Q request, Method<Q, R> invoke) {
    underWay++;
    caller.<ClusterServiceStub, R>call(
        new Caller.Ask(method, caller.broker(), DEADLINE_MILLIS, false),
        ClusterServiceGrpc::newStub,
        (stub, out) -> invoke.call(stub, request, out),
        answer -> ended("ok"),
        problem -> ended(problem.isOfLibrary() ? "unknown" : "refused"));
  }

  private void ended(String outcome) {
    underWay--;
    caller.world().counts().add("order", outcome);
  }

  private int anyBroker() {
    return caller.random().pick(List.copyOf(image().brokers().navigableKeySet()));
  }

  private int anyBroker(List<BrokerImage> preferred) {
    return preferred.isEmpty() ? anyBroker() : caller.random().pick(preferred).brokerId();
  }

  private void drain() {
    DrainBrokerRequest request = DrainBrokerRequest.newBuilder().setBrokerId(anyBroker()).build();
    order("DrainBroker", request, ClusterServiceStub::drainBroker);
  }

  private void undrain() {
    int broker =
        anyBroker(
            image().brokers().values().stream()
                .filter(known -> !known.isActive() && !known.isDecommissioning())
                .toList());
    UndrainBrokerRequest request = UndrainBrokerRequest.newBuilder().setBrokerId(broker).build();
    order("UndrainBroker", request, ClusterServiceStub::undrainBroker);
  }

  private void decommission() {
    DecommissionBrokerRequest request =
        DecommissionBrokerRequest.newBuilder().setBrokerId(anyBroker()).build();
    order("DecommissionBroker", request, ClusterServiceStub::decommissionBroker);
  }

  private void recommission() {
    int broker =
        anyBroker(
            image().brokers().values().stream().filter(BrokerImage::isDecommissioning).toList());
    RecommissionBrokerRequest request =
        RecommissionBrokerRequest.newBuilder().setBrokerId(broker).build();
    order("RecommissionBroker", request, ClusterServiceStub::recommissionBroker);
  }

  private void move() {
    MoveReplicasRequest.Builder request = MoveReplicasRequest.newBuilder();
    Set<Long> moved = new TreeSet<>();
    int count = caller.random().between(1, 3);
    for (int i = 0; i < count; i++) {
      PartitionOfTopic placed = anyPartition();
      if (placed != null && moved.add(placed.partition().groupId())) {
        addMove(request, placed);
      }
    }
    if (request.getMovesCount() > 0) {
      MoveReplicasRequest built = request.build();
      order("MoveReplicas", built, ClusterServiceStub::moveReplicas);
    }
  }

  /** To active brokers, as many as before, and not just where they are. */
  private void addMove(MoveReplicasRequest.Builder request, PartitionOfTopic placed) {
    List<Integer> before = placed.partition().replicas();
    List<Integer> left = new ArrayList<>();
    image().brokers().values().stream()
        .filter(BrokerImage::isActive)
        .forEach(broker -> left.add(broker.brokerId()));
    List<Integer> after = new ArrayList<>();
    while (after.size() < before.size() && !left.isEmpty()) {
      after.add(left.remove(caller.random().below(left.size())));
    }
    if (after.size() == before.size() && !after.equals(before)) {
      request.addMoves(
          ReplicaMove.newBuilder()
              .setTopic(placed.topic().name())
              .setPartition(placed.partition().partition())
              .addAllBrokerIds(after)
              .addAllFromBrokerIds(before));
    }
  }

  private @Nullable PartitionOfTopic anyPartition() {
    List<PartitionOfTopic> all = List.copyOf(image().partitionsByGroup().values());
    return all.isEmpty() ? null : caller.random().pick(all);
  }

  private void replicate() {
    PartitionOfTopic placed = anyPartition();
    if (placed != null) {
      ChangeReplicationFactorRequest request =
          ChangeReplicationFactorRequest.newBuilder()
              .setTopic(placed.topic().name())
              .setReplicationFactor(caller.random().between(1, REPLICAS_MAX))
              .build();
      order("ChangeReplicationFactor", request, ClusterServiceStub::changeReplicationFactor);
    }
  }

  private void rebalance() {
    order("Rebalance", RebalanceRequest.getDefaultInstance(), ClusterServiceStub::rebalance);
  }

  private void cancel() {
    List<OperationImage> running =
        image().runningOperations().stream()
            .filter(operation -> operation.kind() != OperationKind.RESEED)
            .toList();
    if (!running.isEmpty()) {
      CancelOperationRequest request =
          CancelOperationRequest.newBuilder()
              .setName("operations/" + caller.random().pick(running).id())
              .build();
      order("CancelOperation", request, ClusterServiceStub::cancelOperation);
    }
  }

  private void transfer() {
    PartitionOfTopic placed = anyPartition();
    if (placed != null) {
      SimRandom random = caller.random();
      List<Integer> replicas = placed.partition().replicas();
      TransferLeadershipRequest request =
          TransferLeadershipRequest.newBuilder()
              .setTopic(placed.topic().name())
              .setPartition(placed.partition().partition())
              .setToBrokerId(random.chance(0.3) ? 0 : random.pick(replicas))
              .build();
      order("TransferLeadership", request, ClusterServiceStub::transferLeadership);
    }
  }

  private void balance() {
    SetBalancingRequest request =
        SetBalancingRequest.newBuilder().setLeaderBalancing(caller.random().chance(0.7)).build();
    order("SetBalancing", request, ClusterServiceStub::setBalancing);
  }

  /** Asks until all that runs waits for people; see {@link Workload#askOperations}. */
  BooleanSupplier askOperations() {
    ask();
    return () -> unexplained == null;
  }

  /** What runs without such a reason, as it was told last; null if nothing does. */
  @Nullable String unexplained() {
    return unexplained;
  }

  private void ask() {
    Caller.Ask ask = new Caller.Ask("ListOperations", caller.anyBroker(), DEADLINE_MILLIS, false);
    caller.<ClusterServiceStub, ListOperationsResponse>call(
        ask,
        ClusterServiceGrpc::newStub,
        (stub, out) ->
            stub.listOperations(
                ListOperationsRequest.newBuilder().setRunningOnly(true).build(), out),
        response -> {
          unexplained =
              response.getOperationsList().stream()
                  .filter(one -> one.getBlockersList().stream().noneMatch(OrderClient::isForPeople))
                  .map(OrderClient::text)
                  .findFirst()
                  .orElse(null);
          if (unexplained != null) {
            caller.process().afterMillis(AGAIN_MILLIS, this::ask);
          }
        },
        problem -> caller.process().afterMillis(AGAIN_MILLIS, this::ask));
  }

  private static boolean isForPeople(Blocker blocker) {
    return FOR_PEOPLE.contains(blocker.getCode())
        && !blocker.getMessage().isEmpty()
        && !blocker.getHint().isEmpty();
  }

  private static String text(Operation operation) {
    List<String> blockers =
        operation.getBlockersList().stream()
            .map(one -> one.getResource() + " " + one.getCode() + " (" + one.getMessage() + ")")
            .toList();
    return operation.getName()
        + " ("
        + operation.getKind()
        + " "
        + operation.getResource()
        + ") runs with blockers "
        + blockers;
  }
}
