// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.metadata;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.ClusterErrors;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.metadata.MetadataImage.PartitionOfTopic;
import dev.almadia.broker.core.metadata.OperationImage.Move;
import dev.almadia.broker.core.topics.TopicNames;
import dev.almadia.internal.v1.EndOperation;
import dev.almadia.internal.v1.GroupTarget;
import dev.almadia.internal.v1.NoteForced;
import dev.almadia.internal.v1.OperationEnd;
import dev.almadia.internal.v1.OperationRecord;
import dev.almadia.internal.v1.SetClusterConfig;
import dev.almadia.v1.OperationState;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What commands about operations, settings and the record of force do. */
final class OperationChanges {
  /** Ended operations that are kept. */
  static final int ENDED_MAX = 100;

  /** Operations that may run at a time, besides those about brokers. */
  static final int RUNNING_MAX = 100;

  /** Groups that one operation may move; more take another one. */
  static final int MOVES_MAX = 10_000;

  /** Lines of force that are kept. */
  static final int FORCED_MAX = 100;

  private OperationChanges() {}

  /** Begins an operation by itself. One that changes a replication factor changes the topic's. */
  static @Nullable BrokerError start(ImageEdit edit, OperationRecord command) {
    OperationKind kind = OperationKind.of(command.getKind());
    if (kind == null) {
      return Errors.invalid("kind", command.getKind(), "must be the kind of an operation");
    }
    BrokerError error =
        kind == OperationKind.REPLICATION
            ? topicRefusal(edit.before(), command)
            : movesRefusal(edit.before(), command, 0);
    if (error != null) {
      return error;
    }
    error = begin(edit, command, command.getMovesCount());
    if (error == null && kind == OperationKind.REPLICATION) {
      setFactor(edit, command.getTopic(), command.getReplicationFactor());
    }
    return error;
  }

  /** Writes down an operation that was checked. */
  static @Nullable BrokerError begin(ImageEdit edit, OperationRecord command, int total) {
    OperationKind kind = OperationKind.of(command.getKind());
    if (kind == null) {
      return Errors.invalid("kind", command.getKind(), "must be the kind of an operation");
    }
    TopicImage topic = edit.before().topic(command.getTopic());
    TreeMap<Long, Move> moves = new TreeMap<>();
    for (GroupTarget move : command.getMovesList()) {
      PartitionOfTopic placed = edit.partitionOf(move.getGroupId());
      if (placed != null) {
        moves.put(
            move.getGroupId(),
            new Move(move.getGroupId(), placed.partition().replicas(), move.getBrokerIdsList()));
      }
    }
    edit.operations()
        .put(
            edit.index(),
            new OperationImage(
                edit.index(),
                kind,
                command.getBrokerId(),
                command.getTopic(),
                List.copyOf(moves.values()),
                total,
                0,
                kind == OperationKind.REPLICATION && topic != null ? topic.replicationFactor() : 0,
                OperationState.OPERATION_STATE_RUNNING,
                edit.timeMs(),
                0,
                "",
                command.getRequestedBy(),
                command.getThrottleBytesPerSecond()));
    return null;
  }

  private static @Nullable BrokerError topicRefusal(MetadataImage image, OperationRecord command) {
    TopicImage topic = image.topic(command.getTopic());
    if (topic == null) {
      return TopicNames.notFound(image, command.getTopic());
    }
    int factor = command.getReplicationFactor();
    Set<Long> moved = new TreeSet<>();
    command.getMovesList().forEach(move -> moved.add(move.getGroupId()));
    Set<Long> groups = new TreeSet<>();
    topic.partitions().forEach(partition -> groups.add(partition.groupId()));
    if (factor < 1 || !moved.equals(groups)) {
      return Errors.invalid(
          "replication_factor",
          String.valueOf(factor),
          "must be at least 1, with a move for each partition of the topic and for no other");
    }
    return movesRefusal(image, command, factor);
  }

  /**
   * Why these moves cannot be made; null if they can.
   *
   * @param factor replicas that each partition is to have; 0 for those of its topic
   */
  private static @Nullable BrokerError movesRefusal(
      MetadataImage image, OperationRecord command, int factor) {
    if (command.getMovesCount() > MOVES_MAX) {
      return Errors.invalid(
          "moves", String.valueOf(command.getMovesCount()), "must be at most " + MOVES_MAX);
    }
    List<OperationImage> running = image.runningOperations();
    if (running.size() >= RUNNING_MAX) {
      return Errors.throttled("list of running operations", RUNNING_MAX);
    }
    TreeMap<Long, String> taken = new TreeMap<>();
    for (OperationImage operation : running) {
      if (operation.kind().hasMoves()) {
        operation.moves().forEach(move -> taken.put(move.groupId(), operation.name()));
      }
    }
    Set<Long> seen = new TreeSet<>();
    for (GroupTarget move : command.getMovesList()) {
      PartitionOfTopic placed = image.partitionOf(move.getGroupId());
      String other = taken.get(move.getGroupId());
      if (placed != null && other != null) {
        return ClusterErrors.operationInProgress(placed.resource(), other);
      }
      if (placed == null || !seen.add(move.getGroupId())) {
        return Errors.invalid(
            "moves", String.valueOf(move.getGroupId()), "must name groups of partitions, once");
      }
      BrokerError error = moveRefusal(image, placed, move, factor);
      if (error != null) {
        return error;
      }
    }
    return null;
  }

  private static @Nullable BrokerError moveRefusal(
      MetadataImage image, PartitionOfTopic placed, GroupTarget move, int factor) {
    if (move.getExpectedBrokerIdsCount() > 0
        && !move.getExpectedBrokerIdsList().equals(placed.partition().replicas())) {
      return ClusterErrors.placementChanged(placed.resource());
    }
    return TargetRules.refusalOf(
        image,
        placed,
        move.getBrokerIdsList(),
        factor == 0 ? placed.topic().replicationFactor() : factor);
  }

  private static void setFactor(ImageEdit edit, String name, int factor) {
    TopicImage topic = edit.before().topic(name);
    if (topic != null && topic.replicationFactor() != factor) {
      edit.putTopic(topic.withReplicationFactor(factor, edit.index()));
    }
  }

  /**
   * Ends an operation. Groups that are to go back do, unless something else has become of them in
   * the meantime; then they stay where they are.
   */
  static @Nullable BrokerError end(ImageEdit edit, EndOperation command) {
    OperationImage operation = edit.before().operations().get(command.getOperationId());
    if (operation == null || !operation.isRunning()) {
      return ClusterErrors.operationNotFound("operations/" + command.getOperationId());
    }
    OperationState state = stateOf(command.getEnd());
    if (state == OperationState.OPERATION_STATE_UNSPECIFIED) {
      return Errors.invalid("end", command.getEnd().name(), "must say how it ended");
    }
    if (state != OperationState.OPERATION_STATE_DONE && operation.replicationFactorBefore() > 0) {
      setFactor(edit, operation.topic(), operation.replicationFactorBefore());
    }
    for (GroupTarget back : command.getBackList()) {
      PartitionOfTopic placed = edit.partitionOf(back.getGroupId());
      if (placed != null && TargetChanges.refusalOf(edit.before(), placed, back) == null) {
        TargetChanges.put(edit, placed, back.getBrokerIdsList());
      }
    }
    edit.operations()
        .put(
            operation.id(),
            operation.ended(state, command.getDone(), command.getMessage(), edit.timeMs()));
    forgetOld(edit);
    return null;
  }

  private static OperationState stateOf(OperationEnd end) {
    return switch (end) {
      case OPERATION_END_DONE -> OperationState.OPERATION_STATE_DONE;
      case OPERATION_END_CANCELLED -> OperationState.OPERATION_STATE_CANCELLED;
      case OPERATION_END_FAILED -> OperationState.OPERATION_STATE_FAILED;
      case OPERATION_END_UNSPECIFIED, UNRECOGNIZED -> OperationState.OPERATION_STATE_UNSPECIFIED;
    };
  }

  /** Ends what runs of this kind about this broker, because something else was asked for. */
  static void endOfBroker(ImageEdit edit, int brokerId, OperationKind kind, String message) {
    endOfBroker(edit, brokerId, kind, OperationState.OPERATION_STATE_CANCELLED, message);
  }

  /**
   * Ends what runs about a broker that is removed: at once, because another one of the same id may
   * join before anybody looks.
   */
  static void endOfRemoved(ImageEdit edit, int brokerId) {
    OperationState done = OperationState.OPERATION_STATE_DONE;
    OperationState cancelled = OperationState.OPERATION_STATE_CANCELLED;
    endOfBroker(edit, brokerId, OperationKind.DECOMMISSION, done, "done");
    endOfBroker(edit, brokerId, OperationKind.RESEED, cancelled, "broker " + brokerId + " is gone");
  }

  private static void endOfBroker(
      ImageEdit edit, int brokerId, OperationKind kind, OperationState state, String message) {
    for (OperationImage operation : edit.before().runningOperations()) {
      if (operation.kind() == kind && operation.brokerId() == brokerId) {
        int done = state == OperationState.OPERATION_STATE_DONE ? operation.total() : 0;
        edit.operations().put(operation.id(), operation.ended(state, done, message, edit.timeMs()));
      }
    }
    forgetOld(edit);
  }

  private static void forgetOld(ImageEdit edit) {
    List<Long> ended = new ArrayList<>();
    edit.operations()
        .forEach(
            (id, operation) -> {
              if (!operation.isRunning()) {
                ended.add(id);
              }
            });
    for (int i = 0; i < ended.size() - ENDED_MAX; i++) {
      edit.operations().remove(ended.get(i));
    }
  }

  static @Nullable BrokerError config(ImageEdit edit, SetClusterConfig command) {
    if (command.hasLeaderBalancing()) {
      edit.setLeaderBalancing(command.getLeaderBalancing());
    }
    return null;
  }

  static @Nullable BrokerError note(ImageEdit edit, NoteForced command) {
    List<ForcedNote> notes = new ArrayList<>(edit.before().forced());
    notes.add(
        new ForcedNote(edit.index(), edit.timeMs(), command.getGroupId(), command.getMessage()));
    edit.setForced(notes.subList(Math.max(0, notes.size() - FORCED_MAX), notes.size()));
    return null;
  }
}
