// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.cluster;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.ClusterErrors;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.metadata.BrokerStates;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataImage.PartitionOfTopic;
import dev.almadia.broker.core.metadata.MetadataImages;
import dev.almadia.broker.core.metadata.OperationImage.Move;
import dev.almadia.broker.core.metadata.OperationKind;
import dev.almadia.broker.core.metadata.PartitionImage;
import dev.almadia.broker.core.metadata.TargetRules;
import dev.almadia.broker.core.metadata.TopicImage;
import dev.almadia.broker.core.placement.RebalancePlan;
import dev.almadia.broker.core.placement.ReplicaPlacement;
import dev.almadia.broker.core.topics.Decision;
import dev.almadia.broker.core.topics.TopicQueries;
import dev.almadia.internal.v1.GroupTarget;
import dev.almadia.internal.v1.MetadataCommand;
import dev.almadia.internal.v1.OperationRecord;
import dev.almadia.internal.v1.SetBrokerState;
import dev.almadia.internal.v1.StartOperation;
import dev.almadia.v1.BrokerState;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.ReplicaMove;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Checks orders about brokers and replicas, plans them, and makes their commands. To be called on
 * the metadata leader with its newest image. Pure.
 */
public final class Orders {
  /** Replicas that one rebalance moves at most; another one goes on. */
  public static final int MOVES_MAX = 10_000;

  private final MetadataImage image;
  private final ClusterFacts facts;
  private final Caller caller;

  /** Orders of one caller. */
  public Orders(MetadataImage image, ClusterFacts facts, Caller caller) {
    this.image = image;
    this.facts = facts;
    this.caller = caller;
  }

  /**
   * Who asks, and what he allows.
   *
   * @param requestedBy for people
   * @param throttleBytesPerSecond 0 for the broker's setting
   */
  public record Caller(String requestedBy, long throttleBytesPerSecond) {}

  /** Drains a broker. */
  public Decision<Order> drain(int brokerId) {
    return state(brokerId, BrokerState.BROKER_STATE_DRAINING, OperationKind.DRAIN);
  }

  /** Decommissions a broker; the plan says where its replicas go if nothing changes. */
  public Decision<Order> decommission(int brokerId) {
    return state(brokerId, BrokerState.BROKER_STATE_DECOMMISSIONING, OperationKind.DECOMMISSION);
  }

  /** Lets a drained broker lead again. */
  public Decision<Order> undrain(int brokerId) {
    return activate(brokerId, BrokerState.BROKER_STATE_DECOMMISSIONING, "recommission it");
  }

  /** Keeps a broker that was to be decommissioned. */
  public Decision<Order> recommission(int brokerId) {
    return activate(brokerId, BrokerState.BROKER_STATE_DRAINING, "undrain it");
  }

  private Decision<Order> activate(int brokerId, BrokerState other, String instead) {
    var broker = image.brokers().get(brokerId);
    if (broker == null) {
      return Decision.refuse(ClusterErrors.brokerNotFound(brokerId, image.brokers().keySet()));
    }
    if (broker.state() == other) {
      return Decision.refuse(
          BrokerError.of(
              ErrorReason.ERROR_REASON_BROKER_DRAINING,
              "Broker " + brokerId + " is " + broker.stateName() + "; " + instead,
              "broker_id",
              brokerId,
              "state",
              broker.stateName()));
    }
    return accept(
        command()
            .setSetBrokerState(
                SetBrokerState.newBuilder()
                    .setBrokerId(brokerId)
                    .setState(BrokerState.BROKER_STATE_ACTIVE)),
        List.of());
  }

  private Decision<Order> state(int brokerId, BrokerState state, OperationKind kind) {
    NavigableSet<Integer> unreachable = facts.unreachable(image.brokers().keySet());
    BrokerError error = BrokerStates.refusalOf(image, brokerId, state, unreachable);
    if (error != null) {
      return Decision.refuse(error);
    }
    return accept(
        command()
            .setSetBrokerState(
                SetBrokerState.newBuilder()
                    .setBrokerId(brokerId)
                    .setState(state)
                    .setOperation(record(kind).setBrokerId(brokerId))),
        kind == OperationKind.DECOMMISSION ? placesFor(brokerId) : List.of());
  }

  private List<Move> placesFor(int brokerId) {
    NavigableSet<Integer> usable = usable();
    usable.remove(brokerId);
    ReplicaPlacement placement = new ReplicaPlacement(image, usable);
    List<Move> plan = new ArrayList<>();
    for (PartitionOfTopic placed : image.partitionsByGroup().values()) {
      PartitionImage partition = placed.partition();
      if (partition.wants(brokerId)) {
        List<Integer> after =
            placement.refit(
                partition.replicas(), placed.topic().replicationFactor(), Set.of(brokerId));
        if (after != null) {
          plan.add(new Move(partition.groupId(), partition.replicas(), after));
        }
      }
    }
    return plan;
  }

  /** Moves replicas to where the caller says. */
  public Decision<Order> move(List<ReplicaMove> moves) {
    if (moves.isEmpty() || moves.size() > MOVES_MAX) {
      return Decision.refuse(
          Errors.invalid("moves", String.valueOf(moves.size()), "must be from 1 to " + MOVES_MAX));
    }
    List<Move> plan = new ArrayList<>();
    for (ReplicaMove move : moves) {
      Decision<PartitionOfTopic> found =
          TopicQueries.partition(image, move.getTopic(), move.getPartition());
      if (found instanceof Decision.Refused<PartitionOfTopic> refused) {
        return Decision.refuse(refused.error());
      }
      PartitionOfTopic placed = ((Decision.Accepted<PartitionOfTopic>) found).value();
      List<Integer> after = move.getBrokerIdsList();
      BrokerError error = stale(placed, move);
      if (error == null) {
        error = TargetRules.refusalOf(image, placed, after, placed.topic().replicationFactor());
      }
      if (error == null && after.equals(placed.partition().replicas())) {
        error = Errors.invalid("broker_ids", after.toString(), "it is there already");
      }
      if (error != null) {
        return Decision.refuse(error.with("resource", placed.resource()));
      }
      plan.add(new Move(placed.partition().groupId(), placed.partition().replicas(), after));
    }
    return start(record(OperationKind.MOVE), plan);
  }

  /** The plan was made for other replicas; who of them is meant to lead does not matter. */
  private static @Nullable BrokerError stale(PartitionOfTopic placed, ReplicaMove move) {
    List<Integer> from = move.getFromBrokerIdsList();
    List<Integer> present = placed.partition().replicas();
    return from.isEmpty() || (from.size() == present.size() && from.containsAll(present))
        ? null
        : ClusterErrors.placementChanged(placed.resource());
  }

  /** Changes how many replicas each partition of a topic has. */
  public Decision<Order> replication(String name, int replicationFactor) {
    Decision<TopicImage> found = TopicQueries.topic(image, name);
    if (found instanceof Decision.Refused<TopicImage> refused) {
      return Decision.refuse(refused.error());
    }
    TopicImage topic = ((Decision.Accepted<TopicImage>) found).value();
    if (replicationFactor < 1) {
      return Decision.refuse(
          ClusterErrors.quorumAtRisk(
              "The last replica cannot be removed: replication_factor must be at least 1; to be"
                  + " rid of the data, delete the topic",
              "topics/" + name,
              topic.partitions().size()));
    }
    ReplicaPlacement placement = new ReplicaPlacement(image, usable());
    List<Move> plan = new ArrayList<>();
    for (PartitionImage partition : topic.partitions()) {
      List<Integer> after =
          placement.refit(partition.replicas(), replicationFactor, decommissioning());
      if (after == null) {
        return Decision.refuse(tooFew(topic, replicationFactor));
      }
      plan.add(new Move(partition.groupId(), partition.replicas(), after));
    }
    return start(
        record(OperationKind.REPLICATION).setTopic(name).setReplicationFactor(replicationFactor),
        plan);
  }

  private BrokerError tooFew(TopicImage topic, int replicationFactor) {
    int active = usable().size();
    return BrokerError.of(
        ErrorReason.ERROR_REASON_NOT_ENOUGH_BROKERS,
        "Topic '"
            + topic.name()
            + "' cannot have "
            + replicationFactor
            + " replicas: "
            + active
            + " brokers are active and connected; add brokers with --join, or ask for "
            + active
            + " at most",
        "topic",
        topic.name(),
        "requested",
        replicationFactor,
        "brokers",
        active);
  }

  /** Evens out replicas and preferred leaders. */
  public Decision<Order> rebalance() {
    return start(record(OperationKind.REBALANCE), RebalancePlan.of(image, usable(), MOVES_MAX));
  }

  private Decision<Order> start(OperationRecord.Builder record, List<Move> plan) {
    for (Move move : plan) {
      record.addMoves(
          GroupTarget.newBuilder()
              .setGroupId(move.groupId())
              .addAllBrokerIds(move.after())
              .addAllExpectedBrokerIds(move.before()));
    }
    return accept(
        command().setStartOperation(StartOperation.newBuilder().setOperation(record)),
        plan.stream().filter(move -> !move.before().equals(move.after())).toList());
  }

  private NavigableSet<Integer> usable() {
    NavigableSet<Integer> usable = new TreeSet<>(ReplicaPlacement.activeBrokers(image));
    usable.removeAll(facts.unreachable(image.brokers().keySet()));
    return usable;
  }

  private NavigableSet<Integer> decommissioning() {
    NavigableSet<Integer> ids = new TreeSet<>();
    image.brokers().values().stream()
        .filter(broker -> broker.isDecommissioning())
        .forEach(broker -> ids.add(broker.brokerId()));
    return ids;
  }

  private OperationRecord.Builder record(OperationKind kind) {
    return OperationRecord.newBuilder()
        .setKind(kind.apiName())
        .setRequestedBy(caller.requestedBy())
        .setThrottleBytesPerSecond(caller.throttleBytesPerSecond());
  }

  private MetadataCommand.Builder command() {
    return MetadataCommand.newBuilder().setTimeMs(facts.wallMillis());
  }

  /** What would be refused when it is applied is refused at once, also if only a plan is asked. */
  private Decision<Order> accept(MetadataCommand.Builder command, List<Move> plan) {
    MetadataCommand built = command.build();
    BrokerError throttle = CatchUpThrottles.refusalOf(caller.throttleBytesPerSecond());
    if (throttle != null) {
      return Decision.refuse(throttle);
    }
    BrokerError error = MetadataImages.apply(image, image.revision() + 1, built).error();
    return error != null ? Decision.refuse(error) : Decision.accept(new Order(built, plan));
  }
}
