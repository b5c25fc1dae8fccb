// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.control;

import dev.almadia.broker.core.cluster.ClusterFacts;
import dev.almadia.broker.core.cluster.GroupReport;
import dev.almadia.broker.core.cluster.Operations;
import dev.almadia.broker.core.cluster.Order;
import dev.almadia.broker.core.cluster.Orders;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataImage.PartitionOfTopic;
import dev.almadia.broker.core.metadata.OperationImage;
import dev.almadia.broker.core.topics.Decision;
import dev.almadia.broker.server.grpc.CallHops;
import dev.almadia.internal.v1.MetadataCommand;
import dev.almadia.internal.v1.OperationRecord;
import dev.almadia.v1.Operation;
import dev.almadia.v1.OperationResponse;
import dev.almadia.v1.OperationState;
import dev.almadia.v1.ReplicaMove;
import io.grpc.MethodDescriptor;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Orders that change who holds what: checked and planned on the leader of the metadata group, by
 * what it knows of the cluster. Any thread.
 */
final class ClusterOrders {
  private final ControlParts parts;
  private final MetadataChanges changes;
  private final FactsSource source;

  ClusterOrders(ControlParts parts, FactsSource source) {
    this.parts = parts;
    this.changes = new MetadataChanges(parts);
    this.source = source;
  }

  /**
   * An order as it was asked for.
   *
   * @param method the call's method
   * @param request the call's request
   * @param validateOnly checks and plans only
   * @param throttle bytes per second; 0 for the broker's setting
   * @param make the order
   */
  record Asked<Q>(
      MethodDescriptor<Q, OperationResponse> method,
      Q request,
      boolean validateOnly,
      long throttle,
      Function<Orders, Decision<Order>> make) {}

  /** Begins an operation, or says what it would do. */
  <Q> CompletableFuture<OperationResponse> begin(Asked<Q> asked) {
    AtomicReference<@Nullable Order> made = new AtomicReference<>();
    String requestedBy = CallHops.requestedBy();
    return changes
        .start(
            new MetadataChange<>(
                asked.method(),
                asked.request(),
                image ->
                    check(image, asked, new Orders.Caller(requestedBy, asked.throttle()), made),
                asked.validateOnly(),
                true,
                (image, command) -> answer(image, made.get(), asked.validateOnly()),
                (image, response) -> shows(image, response.getOperation().getName())))
        .thenCompose(answer -> withBytes(answer, made.get()));
  }

  /** With how much each move copies, if the order was checked here. */
  private CompletableFuture<OperationResponse> withBytes(
      OperationResponse answer, @Nullable Order order) {
    if (order == null || order.plan().isEmpty()) {
      return CompletableFuture.completedFuture(answer);
    }
    return source
        .gather(order.plan().stream().map(OperationImage.Move::groupId).toList())
        .thenApply(facts -> withBytes(answer, order, facts));
  }

  private OperationResponse withBytes(OperationResponse answer, Order order, ClusterFacts facts) {
    OperationResponse.Builder filled = answer.toBuilder().clearPlan();
    long totalBytes = 0;
    for (OperationImage.Move move : order.plan()) {
      ReplicaMove shown = show(parts.context().image(), facts, move);
      totalBytes += shown.getBytes();
      filled.addPlan(shown);
    }
    if (answer.getOperation().getTotalBytes() == 0) {
      filled.getOperationBuilder().setTotalBytes(totalBytes);
    }
    return filled.build();
  }

  private <Q> Decision<MetadataCommand> check(
      MetadataImage image,
      Asked<Q> asked,
      Orders.Caller caller,
      AtomicReference<@Nullable Order> made) {
    Orders orders = new Orders(image, source.now(), caller);
    Decision<Order> decision = asked.make().apply(orders);
    if (decision instanceof Decision.Accepted<Order> accepted) {
      made.set(accepted.value());
      return Decision.accept(accepted.value().command());
    }
    return Decision.refuse(((Decision.Refused<Order>) decision).error());
  }

  private static boolean shows(MetadataImage image, String name) {
    return name.isEmpty()
        || Operations.find(image, name) instanceof Decision.Accepted<OperationImage>;
  }

  /** The operation has the index of its command, which is the image's revision. */
  private OperationResponse answer(
      MetadataImage image, @Nullable Order order, boolean validateOnly) {
    ClusterFacts facts = source.now();
    OperationResponse.Builder answer = OperationResponse.newBuilder();
    OperationImage begun = validateOnly ? null : begunBy(image, order);
    if (order != null) {
      for (OperationImage.Move move : order.plan()) {
        answer.addPlan(show(image, facts, move));
      }
    }
    if (begun != null) {
      return answer.setOperation(Operations.describe(image, facts, begun)).build();
    }
    Operation.Builder planned =
        order == null ? Operation.newBuilder() : Operations.planned(order).toBuilder();
    return answer
        .setOperation(
            validateOnly
                ? planned.setMessage("nothing was begun")
                : planned
                    .setState(OperationState.OPERATION_STATE_DONE)
                    .setTotal(0)
                    .setMessage("nothing is left to do"))
        .build();
  }

  /** What the order began, or what runs already if it was asked for before. */
  private static @Nullable OperationImage begunBy(MetadataImage image, @Nullable Order order) {
    OperationImage begun = image.operations().get(image.revision());
    if (begun != null || order == null || !order.command().hasSetBrokerState()) {
      return begun;
    }
    OperationRecord asked = order.command().getSetBrokerState().getOperation();
    return image.runningOperations().stream()
        .filter(
            one ->
                one.brokerId() == asked.getBrokerId()
                    && one.kind().apiName().equals(asked.getKind()))
        .findFirst()
        .orElse(null);
  }

  private static ReplicaMove show(
      MetadataImage image, ClusterFacts facts, OperationImage.Move move) {
    ReplicaMove.Builder shown =
        ReplicaMove.newBuilder().addAllBrokerIds(move.after()).addAllFromBrokerIds(move.before());
    PartitionOfTopic placed = image.partitionOf(move.groupId());
    if (placed != null) {
      shown.setTopic(placed.topic().name()).setPartition(placed.partition().partition());
    }
    GroupReport report = facts.reports().get(move.groupId());
    List<Integer> added = move.after().stream().filter(id -> !move.before().contains(id)).toList();
    return shown.setBytes(report == null ? 0 : report.logBytes() * added.size()).build();
  }

  /** A change whose answer is made of the image, given when this broker's image shows it. */
  <Q, R> CompletableFuture<R> change(
      MethodDescriptor<Q, R> method,
      Q request,
      Function<MetadataImage, Decision<MetadataCommand>> command,
      Function<MetadataImage, R> answer,
      Predicate<MetadataImage> shown) {
    return changes.start(
        new MetadataChange<>(
            method,
            request,
            command,
            false,
            true,
            (image, done) -> answer.apply(image),
            (image, response) -> shown.test(image)));
  }

  /** Checks an order that begins no operation. */
  Decision<MetadataCommand> plain(MetadataImage image, Function<Orders, Decision<Order>> make) {
    Decision<Order> decision =
        make.apply(new Orders(image, source.now(), new Orders.Caller("", 0)));
    return decision instanceof Decision.Accepted<Order> accepted
        ? Decision.accept(accepted.value().command())
        : Decision.refuse(((Decision.Refused<Order>) decision).error());
  }

  /** Now, for commands. */
  long nowMs() {
    return parts.context().wallMillis();
  }
}
