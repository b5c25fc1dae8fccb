// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.metadata;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.ClusterErrors;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.metadata.MetadataImage.PartitionOfTopic;
import dev.almadia.v1.BrokerState;
import dev.almadia.v1.ErrorReason;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * When a broker may become active, draining or decommissioning. Whoever drains a broker means to
 * stop it, so that at most a minority of any group may be drained or unreachable by that order;
 * whoever decommissions one wants its replicas on others, so that there must be others. Pure; the
 * same check is made when the order comes and when it is applied.
 */
public final class BrokerStates {
  private BrokerStates() {}

  /**
   * Why the broker may not get this state; null if it may, also if it has it.
   *
   * @param unreachable brokers that cannot be counted on now; empty if that is not known
   */
  public static @Nullable BrokerError refusalOf(
      MetadataImage image, int brokerId, BrokerState wanted, Set<Integer> unreachable) {
    BrokerImage broker = image.brokers().get(brokerId);
    if (broker == null) {
      return ClusterErrors.brokerNotFound(brokerId, image.brokers().keySet());
    }
    if (broker.state() == wanted) {
      return null;
    }
    return switch (wanted) {
      case BROKER_STATE_ACTIVE -> null;
      case BROKER_STATE_DRAINING ->
          broker.isDecommissioning()
              ? ClusterErrors.brokerDraining(brokerId, broker.stateName())
              : drainRefusal(image, brokerId, unreachable);
      case BROKER_STATE_DECOMMISSIONING -> decommissionRefusal(image, brokerId, unreachable);
      case BROKER_STATE_UNSPECIFIED, UNRECOGNIZED ->
          Errors.invalid("state", wanted.name(), "must be active, draining or decommissioning");
    };
  }

  private static @Nullable BrokerError drainRefusal(
      MetadataImage image, int brokerId, Set<Integer> unreachable) {
    if (othersThatServe(image, brokerId, unreachable).isEmpty()) {
      return ClusterErrors.quorumAtRisk(
          "Broker "
              + brokerId
              + " cannot be drained: no other active broker could lead; add one, or undrain one",
          "cluster",
          image.partitionsByGroup().size());
    }
    Set<Integer> stopped = new TreeSet<>(unreachable);
    image.brokers().values().stream()
        .filter(other -> other.state() == BrokerState.BROKER_STATE_DRAINING)
        .forEach(other -> stopped.add(other.brokerId()));
    stopped.remove(brokerId);
    int affected = 0;
    String first = "";
    for (PartitionOfTopic placed : image.partitionsByGroup().values()) {
      if (losesMajority(placed.partition().replicas(), brokerId, stopped)) {
        first = affected == 0 ? placed.resource() : first;
        affected++;
      }
    }
    if (losesMajority(image.metadataGroup().voterBrokers(), brokerId, stopped)) {
      first = affected == 0 ? "the metadata" : first;
      affected++;
    }
    return affected == 0
        ? null
        : ClusterErrors.quorumAtRisk(
            "Broker "
                + brokerId
                + " cannot be drained while "
                + stopped
                + " are drained or unreachable: "
                + first
                + (affected > 1 ? " and " + (affected - 1) + " more" : "")
                + " would be left without a majority",
            "brokers/" + brokerId,
            affected);
  }

  /**
   * Whether this broker is one too many, besides others that are stopped. If no other is, nobody
   * can do better: a group of two stops with either of them.
   */
  private static boolean losesMajority(
      List<Integer> members, int brokerId, Collection<Integer> stopped) {
    if (!members.contains(brokerId)) {
      return false;
    }
    int down = 0;
    for (int member : members) {
      down += stopped.contains(member) ? 1 : 0;
    }
    return down > 0 && (members.size() - down - 1) * 2 <= members.size();
  }

  private static @Nullable BrokerError decommissionRefusal(
      MetadataImage image, int brokerId, Set<Integer> unreachable) {
    Set<Integer> takers = othersThatServe(image, brokerId, unreachable);
    if (takers.isEmpty()) {
      return notEnough(
          image,
          brokerId,
          "nothing else is active and reachable; add a broker with --join",
          List.of(1, 0, "", image.partitionsByGroup().size()));
    }
    BrokerError noRoom = noRoom(image, brokerId, takers);
    return noRoom != null ? noRoom : noVoters(image, brokerId, unreachable);
  }

  /** A partition that has nowhere to go: named is the topic with the most replicas. */
  private static @Nullable BrokerError noRoom(
      MetadataImage image, int brokerId, Set<Integer> takers) {
    int affected = 0;
    int roomOfWorst = 0;
    TopicImage worst = null;
    for (PartitionOfTopic placed : image.partitionsByGroup().values()) {
      if (!placed.partition().wants(brokerId)) {
        continue;
      }
      Set<Integer> room = new TreeSet<>(takers);
      for (int holder : placed.partition().replicas()) {
        BrokerImage other = image.brokers().get(holder);
        if (holder != brokerId && other != null && !other.isDecommissioning()) {
          room.add(holder);
        }
      }
      int factor = placed.topic().replicationFactor();
      if (room.size() < factor) {
        affected++;
        if (worst == null || factor > worst.replicationFactor()) {
          worst = placed.topic();
          roomOfWorst = room.size();
        }
      }
    }
    if (worst == null) {
      return null;
    }
    int missing = worst.replicationFactor() - roomOfWorst;
    return notEnough(
        image,
        brokerId,
        "topic '"
            + worst.name()
            + "' has replication factor "
            + worst.replicationFactor()
            + " and only "
            + roomOfWorst
            + " other brokers can hold its replicas ("
            + affected
            + " partitions in all wait for this); add "
            + missing
            + (missing == 1 ? " broker" : " brokers")
            + " with --join, or run 'almadia topics alter "
            + worst.name()
            + " --replication-factor "
            + roomOfWorst
            + "'",
        List.of(worst.replicationFactor(), roomOfWorst, worst.name(), affected));
  }

  private static BrokerError notEnough(
      MetadataImage image, int brokerId, String why, List<Object> numbers) {
    return BrokerError.of(
        ErrorReason.ERROR_REASON_NOT_ENOUGH_BROKERS,
        "Broker "
            + brokerId
            + " of "
            + image.brokers().size()
            + " cannot be decommissioned: "
            + why,
        "broker_id",
        brokerId,
        "requested",
        numbers.get(0),
        "brokers",
        numbers.get(1),
        "topic",
        numbers.get(2),
        "affected",
        numbers.get(3));
  }

  /** Whether those who stay could still decide about metadata. */
  private static @Nullable BrokerError noVoters(
      MetadataImage image, int brokerId, Set<Integer> unreachable) {
    List<Integer> voters = image.metadataGroup().voterBrokers();
    if (!voters.contains(brokerId)) {
      return null;
    }
    int reachable = 0;
    int stay = 0;
    for (BrokerImage other : image.brokers().values()) {
      if (other.brokerId() != brokerId && !other.isDecommissioning()) {
        stay++;
        reachable += unreachable.contains(other.brokerId()) ? 0 : 1;
      }
    }
    int wanted = MetadataVoters.countFor(stay);
    return reachable * 2 > wanted
        ? null
        : ClusterErrors.quorumAtRisk(
            "Broker "
                + brokerId
                + " cannot be decommissioned: it votes on metadata, and of the "
                + stay
                + " others only "
                + reachable
                + " can be reached, no majority; bring back "
                + unreachable,
            "metadata",
            1);
  }

  /** Other active brokers that can be counted on. */
  private static Set<Integer> othersThatServe(
      MetadataImage image, int brokerId, Set<Integer> unreachable) {
    Set<Integer> others = new TreeSet<>();
    for (BrokerImage other : image.brokers().values()) {
      if (other.brokerId() != brokerId
          && other.isActive()
          && !unreachable.contains(other.brokerId())) {
        others.add(other.brokerId());
      }
    }
    return others;
  }
}
