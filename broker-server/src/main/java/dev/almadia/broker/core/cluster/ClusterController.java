// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.cluster;

import dev.almadia.broker.core.cluster.ClusterActions.HandOver;
import dev.almadia.broker.core.metadata.BrokerImage;
import dev.almadia.broker.core.metadata.MetadataGroupImage;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataImage.PartitionOfTopic;
import dev.almadia.broker.core.metadata.OperationImage;
import dev.almadia.broker.core.metadata.PartitionImage;
import dev.almadia.internal.v1.EndOperation;
import dev.almadia.internal.v1.GroupTarget;
import dev.almadia.internal.v1.MetadataCommand;
import dev.almadia.internal.v1.OperationEnd;
import dev.almadia.internal.v1.RemoveBroker;
import dev.almadia.internal.v1.SetMetadataVoters;
import dev.almadia.internal.v1.SetTargets;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Carries long work on: the metadata leader calls it a few times a second. Every turn looks at the
 * image and the facts anew and asks for what is missing, so that a new leader goes on where the old
 * one stopped. It remembers only what it asked for a moment ago, not to ask twice. Pure but for
 * that memory; one thread.
 *
 * <ul>
 *   <li>Partitions move: by operations, off decommissioned brokers, to their replication factor; at
 *       most a few at a time to each broker.
 *   <li>The metadata group has enough voters that are there.
 *   <li>A decommissioned broker on which nothing is left is removed.
 *   <li>Operations end when what they are about is done.
 *   <li>Leaders leave brokers that are not to lead, and return to those that are meant to.
 * </ul>
 *
 * It never removes a broker or a replica because it is gone: only orders do that.
 */
public final class ClusterController {
  /** Hand-overs off draining brokers in a turn. */
  private static final int DRAINED_PER_TURN_MAX = 50;

  /** Targets in one command, so that it stays small. */
  private static final int TARGETS_PER_TURN_MAX = 500;

  private final ControllerSettings settings;
  private final NavigableMap<String, Long> askedMillis = new TreeMap<>();

  /** Begins without a memory, as after each election. */
  public ClusterController(ControllerSettings settings) {
    this.settings = settings;
  }

  /** What is to be done now. */
  public ClusterActions turn(MetadataImage image, ClusterFacts facts) {
    askedMillis.values().removeIf(asked -> facts.nowMillis() - asked >= settings.againMillis());
    List<MetadataCommand> commands = new ArrayList<>();
    chooseVoters(image, facts, commands);
    moveReplicas(image, facts, commands);
    removeBrokers(image, facts, commands);
    endOperations(image, facts, commands);
    return new ClusterActions(commands, handOvers(image, facts));
  }

  /** Whether this was not asked for a moment ago; then it counts as asked for now. */
  private boolean mayAsk(String what, ClusterFacts facts) {
    return askedMillis.putIfAbsent(what, facts.nowMillis()) == null;
  }

  private static MetadataCommand.Builder command(ClusterFacts facts) {
    return MetadataCommand.newBuilder().setTimeMs(facts.wallMillis());
  }

  private void chooseVoters(
      MetadataImage image, ClusterFacts facts, List<MetadataCommand> commands) {
    MetadataGroupImage group = image.metadataGroup();
    if (!group.isManaged()) {
      return;
    }
    List<Integer> wanted = new VoterChoice(image, facts, settings.voterGoneMillis()).wanted();
    if (!wanted.equals(group.voterBrokers())
        && mayAsk("voters " + group.targetRevision() + wanted, facts)) {
      commands.add(
          command(facts)
              .setSetMetadataVoters(SetMetadataVoters.newBuilder().addAllBrokerIds(wanted))
              .build());
    }
  }

  private void moveReplicas(
      MetadataImage image, ClusterFacts facts, List<MetadataCommand> commands) {
    WantedTargets wanted = new WantedTargets(image, facts);
    NavigableMap<Integer, Integer> coming = coming(image, facts);
    SetTargets.Builder targets = SetTargets.newBuilder();
    for (PartitionOfTopic placed : image.partitionsByGroup().values()) {
      PartitionImage partition = placed.partition();
      if (targets.getTargetsCount() >= TARGETS_PER_TURN_MAX) {
        continue;
      }
      List<Integer> next = wanted.instead(placed, gone(partition, facts));
      if (next == null
          && wanted.isConcerned(placed)
          && (partition.isSettled() || mayTurnBack(placed, wanted))) {
        next = wanted.next(placed);
      }
      if (next == null
          || next.equals(partition.replicas())
          || !hasRoom(partition, next, coming)
          || !mayAsk("target " + partition.groupId() + partition.replicas() + next, facts)) {
        continue;
      }
      for (int broker : next) {
        if (!partition.touches(broker)) {
          coming.merge(broker, 1, Integer::sum);
        }
      }
      targets.addTargets(
          GroupTarget.newBuilder()
              .setGroupId(partition.groupId())
              .addAllBrokerIds(next)
              .addAllExpectedBrokerIds(partition.replicas()));
    }
    if (targets.getTargetsCount() > 0) {
      commands.add(command(facts).setSetTargets(targets).build());
    }
  }

  /** Brokers that do not hold the partition yet, and are gone for long. */
  private NavigableSet<Integer> gone(PartitionImage partition, ClusterFacts facts) {
    NavigableSet<Integer> gone = new TreeSet<>();
    if (!partition.isSettled() && facts.reportOf(partition.groupId()) != null) {
      for (int broker : ProgressOf.newcomers(partition, facts)) {
        if (facts.isGoneFor(broker, settings.newcomerGoneMillis())) {
          gone.add(broker);
        }
      }
    }
    return gone;
  }

  /**
   * A partition under way to a broker that is decommissioned, or with a wrong number of replicas.
   */
  private static boolean mayTurnBack(PartitionOfTopic placed, WantedTargets wanted) {
    return wanted.mustLeave(placed.partition().replicas())
        || placed.partition().target().size() != placed.topic().replicationFactor();
  }

  /** By broker: partitions that are on their way to it. */
  private static NavigableMap<Integer, Integer> coming(MetadataImage image, ClusterFacts facts) {
    NavigableMap<Integer, Integer> coming = new TreeMap<>();
    for (PartitionOfTopic placed : image.partitionsByGroup().values()) {
      if (!placed.partition().isSettled()) {
        ProgressOf.newcomers(placed.partition(), facts)
            .forEach(broker -> coming.merge(broker, 1, Integer::sum));
      }
    }
    return coming;
  }

  private boolean hasRoom(
      PartitionImage partition, List<Integer> next, NavigableMap<Integer, Integer> coming) {
    for (int broker : next) {
      if (!partition.touches(broker)
          && coming.getOrDefault(broker, 0) >= settings.movesPerBrokerMax()) {
        return false;
      }
    }
    return true;
  }

  private void removeBrokers(
      MetadataImage image, ClusterFacts facts, List<MetadataCommand> commands) {
    for (BrokerImage broker : image.brokers().values()) {
      int id = broker.brokerId();
      if (broker.isDecommissioning()
          && !image.metadataGroup().votes(id)
          && image.metadataGroup().isSettled()
          && image.partitionsByGroup().values().stream()
              .noneMatch(placed -> placed.partition().touches(id))
          && mayAsk("remove " + id, facts)) {
        commands.add(
            command(facts).setRemoveBroker(RemoveBroker.newBuilder().setBrokerId(id)).build());
      }
    }
  }

  private void endOperations(
      MetadataImage image, ClusterFacts facts, List<MetadataCommand> commands) {
    for (OperationImage operation : image.runningOperations()) {
      OperationProgress progress = ProgressOf.operation(image, facts, operation);
      if (progress.isDone() && mayAsk("end " + operation.id(), facts)) {
        commands.add(
            command(facts)
                .setEndOperation(
                    EndOperation.newBuilder()
                        .setOperationId(operation.id())
                        .setEnd(OperationEnd.OPERATION_END_DONE)
                        .setDone(progress.total())
                        .setMessage("done"))
                .build());
      }
    }
  }

  private List<HandOver> handOvers(MetadataImage image, ClusterFacts facts) {
    LeaderBalance balance = new LeaderBalance(image, facts, settings.leadAfterMillis());
    List<HandOver> drained = new ArrayList<>();
    List<HandOver> balanced = new ArrayList<>();
    for (PartitionOfTopic placed : image.partitionsByGroup().values()) {
      HandOver off =
          drained.size() < DRAINED_PER_TURN_MAX ? asked(balance.offBroker(placed), facts) : null;
      if (off != null) {
        drained.add(off);
      } else if (image.leaderBalancing() && balanced.size() < settings.handOversPerTurnMax()) {
        HandOver to = asked(balance.toPreferred(placed), facts);
        if (to != null) {
          balanced.add(to);
        }
      }
    }
    drained.addAll(balanced);
    return drained;
  }

  private @Nullable HandOver asked(@Nullable HandOver handOver, ClusterFacts facts) {
    return handOver != null
            && mayAsk("lead " + handOver.groupId() + " " + handOver.toBrokerId(), facts)
        ? handOver
        : null;
  }
}
