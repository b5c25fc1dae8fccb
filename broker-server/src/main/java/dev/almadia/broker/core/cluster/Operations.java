// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.cluster;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.ClusterErrors;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.metadata.BrokerStates;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataImage.PartitionOfTopic;
import dev.almadia.broker.core.metadata.OperationImage;
import dev.almadia.broker.core.metadata.OperationImage.Move;
import dev.almadia.broker.core.topics.Decision;
import dev.almadia.internal.v1.EndOperation;
import dev.almadia.internal.v1.GroupTarget;
import dev.almadia.internal.v1.MetadataCommand;
import dev.almadia.internal.v1.OperationEnd;
import dev.almadia.internal.v1.OperationRecord;
import dev.almadia.internal.v1.SetBrokerState;
import dev.almadia.v1.BrokerState;
import dev.almadia.v1.Operation;
import dev.almadia.v1.OperationState;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Operations as callers see and cancel them. Pure. */
public final class Operations {
  private static final String PREFIX = "operations/";
  private static final long MS_PER_SECOND = 1000;

  private Operations() {}

  /** The operation of this name, such as operations/1234 or 1234. */
  public static Decision<OperationImage> find(MetadataImage image, String name) {
    String id = name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
    boolean isNumber =
        !id.isEmpty() && id.length() < 19 && id.chars().allMatch(c -> c >= '0' && c <= '9');
    OperationImage operation = isNumber ? image.operations().get(Long.parseLong(id)) : null;
    return operation == null
        ? Decision.refuse(ClusterErrors.operationNotFound(name))
        : Decision.accept(operation);
  }

  /** Operations for an answer, the newest first. */
  public static List<Operation> list(MetadataImage image, ClusterFacts facts, boolean runningOnly) {
    List<Operation> shown = new ArrayList<>();
    for (OperationImage operation : image.operations().descendingMap().values()) {
      if (operation.isRunning() || !runningOnly) {
        shown.add(describe(image, facts, operation));
      }
    }
    return shown;
  }

  /** What an order would begin, without a name. */
  public static Operation planned(Order order) {
    MetadataCommand command = order.command();
    OperationRecord record =
        command.hasSetBrokerState()
            ? command.getSetBrokerState().getOperation()
            : command.getStartOperation().getOperation();
    return Operation.newBuilder()
        .setKind(record.getKind())
        .setResource(OperationImage.resourceOf(record.getBrokerId(), record.getTopic()))
        .setRequestedBy(record.getRequestedBy())
        .setTotal(order.plan().size())
        .setEtaSeconds(-1)
        .build();
  }

  /** How far a running operation is. */
  public static OperationProgress progress(
      MetadataImage image, ClusterFacts facts, OperationImage operation) {
    return ProgressOf.operation(image, facts, operation);
  }

  /** The operation for an answer, with progress and blockers if it runs. */
  public static Operation describe(
      MetadataImage image, ClusterFacts facts, OperationImage operation) {
    Operation.Builder shown =
        Operation.newBuilder()
            .setName(operation.name())
            .setKind(operation.kind().apiName())
            .setResource(operation.resource())
            .setState(operation.state())
            .setStartTimeMs(operation.startTimeMs())
            .setEndTimeMs(operation.endTimeMs())
            .setMessage(operation.message())
            .setRequestedBy(operation.requestedBy())
            .setTotal(operation.total())
            .setDone(operation.done());
    if (!operation.isRunning()) {
      return shown.build();
    }
    OperationProgress progress = progress(image, facts, operation);
    return shown
        .setDone(progress.done())
        .setTotal(progress.total())
        .setDoneBytes(progress.doneBytes())
        .setTotalBytes(progress.totalBytes())
        .setEtaSeconds(etaSeconds(progress, facts.wallMillis() - operation.startTimeMs()))
        .addAllBlockers(progress.blockers())
        .setMessage(Blockers.lineOf(progress.blockers()))
        .build();
  }

  /** By the speed so far, in bytes if they are known; -1 as long as nothing is done. */
  private static long etaSeconds(OperationProgress progress, long tookMillis) {
    if (progress.isDone() || progress.done() == progress.total()) {
      return 0;
    }
    boolean isByBytes = progress.totalBytes() > 0;
    double done = isByBytes ? progress.doneBytes() : progress.done();
    double total = isByBytes ? progress.totalBytes() : progress.total();
    return done <= 0 || tookMillis <= 0
        ? -1
        : (long) Math.ceil(tookMillis * (total - done) / done / MS_PER_SECOND);
  }

  /**
   * Cancels a running operation. A drain or decommission is taken back with its broker's state, and
   * what has moved stays. Of moves, those under way go back and those that are done stay; with a
   * replication factor all go back.
   */
  public static Decision<MetadataCommand> cancel(MetadataImage image, String name, long nowMs) {
    OperationImage operation =
        find(image, name) instanceof Decision.Accepted<OperationImage> found ? found.value() : null;
    if (operation == null || operation.state() != OperationState.OPERATION_STATE_RUNNING) {
      return Decision.refuse(ClusterErrors.operationNotFound(name));
    }
    MetadataCommand.Builder command = MetadataCommand.newBuilder().setTimeMs(nowMs);
    return switch (operation.kind()) {
      case DRAIN, DECOMMISSION -> activate(image, operation.brokerId(), command);
      case MOVE, REBALANCE, REPLICATION ->
          Decision.accept(command.setEndOperation(cancelled(image, operation)).build());
      case RESEED, RECOVER ->
          Decision.refuse(
              Errors.invalid(
                  "name",
                  name,
                  "is a " + operation.kind().apiName() + ", which cannot be taken back"));
    };
  }

  private static Decision<MetadataCommand> activate(
      MetadataImage image, int brokerId, MetadataCommand.Builder command) {
    BrokerState active = BrokerState.BROKER_STATE_ACTIVE;
    BrokerError error = BrokerStates.refusalOf(image, brokerId, active, Set.of());
    return error != null
        ? Decision.refuse(error)
        : Decision.accept(
            command
                .setSetBrokerState(
                    SetBrokerState.newBuilder().setBrokerId(brokerId).setState(active))
                .build());
  }

  private static EndOperation cancelled(MetadataImage image, OperationImage operation) {
    EndOperation.Builder end =
        EndOperation.newBuilder()
            .setOperationId(operation.id())
            .setEnd(OperationEnd.OPERATION_END_CANCELLED);
    int moved = 0;
    for (Move move : operation.moves()) {
      PartitionOfTopic placed = image.partitionOf(move.groupId());
      GroupTarget back = backOf(placed, move, operation.replicationFactorBefore() > 0);
      if (back != null) {
        end.addBack(back);
      } else if (placed != null && placed.partition().replicas().equals(move.after())) {
        moved++;
      }
    }
    String stay =
        operation.replicationFactorBefore() > 0
            ? "cancelled; the replication factor is "
                + operation.replicationFactorBefore()
                + " again"
            : "cancelled; " + moved + " of " + operation.total() + " were moved and stay";
    return end.setDone(moved).setMessage(stay).build();
  }

  /** Null if the partition stays as it is: not begun, done, or something else became of it. */
  private static @Nullable GroupTarget backOf(
      @Nullable PartitionOfTopic placed, Move move, boolean backInAnyCase) {
    if (placed == null
        || move.before().equals(move.after())
        || !placed.partition().replicas().equals(move.after())) {
      return null;
    }
    boolean losesOnly = move.after().containsAll(move.before());
    if (placed.partition().isSettled() && !(backInAnyCase && losesOnly)) {
      return null; // to copy again what was given up is done in turns, by the controller
    }
    return GroupTarget.newBuilder()
        .setGroupId(move.groupId())
        .addAllBrokerIds(move.before())
        .addAllExpectedBrokerIds(move.after())
        .build();
  }
}
