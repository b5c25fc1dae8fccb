// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.cluster;

import dev.almadia.broker.core.metadata.BrokerImage;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataImage.PartitionOfTopic;
import dev.almadia.broker.core.metadata.OperationImage.Move;
import dev.almadia.broker.core.metadata.PartitionImage;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.v1.Blocker;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;

/** Collects what an operation waits for, and what would help, up to a limit. One use. */
final class Blockers {
  /** Most that are told. */
  static final int MAX = 100;

  /** What goes away without anybody's help. */
  private static final Set<String> PASSING =
      Set.of(
          "LEARNER_BEHIND",
          "WAITS_FOR_TURN",
          "CHANGE_UNDER_WAY",
          "LEADER_STAYS",
          "METADATA_CHANGING");

  private final MetadataImage image;
  private final ClusterFacts facts;
  private final WantedTargets wanted;
  private final List<Blocker> all = new ArrayList<>();

  Blockers(MetadataImage image, ClusterFacts facts) {
    this.image = image;
    this.facts = facts;
    wanted = new WantedTargets(image, facts);
  }

  List<Blocker> all() {
    return all;
  }

  /** One line about the first that does not go away by itself; empty if there is none. */
  static String lineOf(List<Blocker> blockers) {
    List<Blocker> stuck =
        blockers.stream().filter(one -> !PASSING.contains(one.getCode())).toList();
    if (stuck.isEmpty()) {
      return "";
    }
    Blocker first = stuck.get(0);
    return "waits: "
        + first.getResource()
        + (stuck.size() == 1 ? "" : " and " + (stuck.size() - 1) + " more")
        + ": "
        + first.getMessage()
        + "; "
        + first.getHint();
  }

  private void add(String resource, String code, String message, String hint) {
    if (all.size() < MAX) {
      all.add(
          Blocker.newBuilder()
              .setResource(resource)
              .setCode(code)
              .setMessage(message)
              .setHint(hint)
              .build());
    }
  }

  /** A partition that was to go on without those who are lost. */
  void notRecovered(PartitionOfTopic placed) {
    add(
        placed.resource(),
        "NO_LEADER",
        "it was to be forced and has no leader",
        "if it stays so, run 'almadia partitions unsafe-recover' again with the same brokers");
  }

  void leaderStays(PartitionOfTopic placed, int brokerId) {
    if (placed.partition().target().size() == 1) {
      add(
          placed.resource(),
          "ONLY_REPLICA",
          "broker " + brokerId + " holds the only replica, so nobody else can lead",
          "raise the replication factor, or stop the broker and do without this partition");
      return;
    }
    add(
        placed.resource(),
        "LEADER_STAYS",
        "broker " + brokerId + " still leads; " + others(placed.partition(), brokerId),
        "it goes as soon as an active replica is connected and caught up");
  }

  private String others(PartitionImage partition, int brokerId) {
    List<String> states = new ArrayList<>();
    for (int id : partition.replicas()) {
      BrokerImage broker = image.brokers().get(id);
      if (id != brokerId && broker != null) {
        states.add(
            "broker " + id + " is " + (facts.isConnected(id) ? broker.stateName() : "unreachable"));
      }
    }
    return String.join(", ", states);
  }

  void metadata(int brokerId) {
    boolean votes = image.metadataGroup().votes(brokerId);
    add(
        "metadata",
        votes ? "METADATA_VOTER" : "METADATA_CHANGING",
        votes
            ? "broker " + brokerId + " still votes on metadata"
            : "the metadata group has not got its new members yet",
        votes
            ? "it needs another broker that is connected to vote instead"
            : "it goes on when a majority of the voters is connected");
  }

  /** A move that was not begun. */
  void pending(PartitionOfTopic placed, Move move) {
    for (int id : move.after()) {
      BrokerImage broker = image.brokers().get(id);
      if (!placed.partition().wants(id) && (broker == null || !broker.isActive())) {
        add(
            placed.resource(),
            "TARGET_NOT_ACTIVE",
            "broker "
                + id
                + " was to get a replica and is "
                + (broker == null ? "gone" : broker.stateName()),
            "make it active again, or cancel the operation");
        return;
      }
    }
    settled(placed);
  }

  /** One that is where it was to be, and is to go on from there. */
  private void settled(PartitionOfTopic placed) {
    if (wanted.next(placed) == null) {
      tooFewBrokers(placed);
    } else {
      waits(placed);
    }
  }

  private void waits(PartitionOfTopic placed) {
    add(
        placed.resource(),
        "WAITS_FOR_TURN",
        "other partitions are being copied to the same brokers",
        "it goes on by itself");
  }

  /** A partition that is under way, or should be. */
  void partition(PartitionOfTopic placed) {
    if (all.size() >= MAX) {
      return;
    }
    PartitionImage partition = placed.partition();
    if (!partition.isSettled()) {
      underWay(placed);
    } else {
      settled(placed);
    }
  }

  /** The same words as in the refusal of an order that would come to this. */
  private void tooFewBrokers(PartitionOfTopic placed) {
    NavigableSet<Integer> room = new TreeSet<>();
    NavigableSet<Integer> back = new TreeSet<>();
    for (BrokerImage broker : image.brokers().values()) {
      int id = broker.brokerId();
      boolean isThere = facts.isConnected(id);
      if (!broker.isDecommissioning()
          && (placed.partition().wants(id) || (broker.isActive() && isThere))) {
        room.add(id);
      } else if (broker.isActive() && !isThere) {
        back.add(id);
      }
    }
    int factor = placed.topic().replicationFactor();
    int missing = Math.max(1, factor - room.size());
    add(
        placed.resource(),
        "NOT_ENOUGH_BROKERS",
        "it is to have "
            + factor
            + " replicas, and only brokers "
            + room
            + " can hold them: the others are decommissioned, drained or unreachable",
        (back.isEmpty() ? "" : "bring back one of " + back + ", or ")
            + "add "
            + missing
            + (missing == 1 ? " broker" : " brokers")
            + " with --join, or run 'almadia topics alter "
            + placed.topic().name()
            + " --replication-factor "
            + Math.max(1, room.size())
            + "'");
  }

  private void underWay(PartitionOfTopic placed) {
    PartitionImage partition = placed.partition();
    NavigableSet<Integer> gone = facts.unreachable(brokersOf(partition));
    GroupReport report = facts.reportOf(partition.groupId());
    if (facts.leaderOf(partition.groupId()) == 0) {
      add(
          placed.resource(),
          "NO_LEADER",
          "it has no leader" + (gone.isEmpty() ? "" : "; unreachable are brokers " + gone),
          "bring back enough brokers for a majority of its replicas");
      return;
    }
    for (int replica : partition.target()) {
      int broker = ReplicaId.broker(replica);
      if (report == null || report.config().voters().contains(replica)) {
        continue;
      }
      if (!facts.isConnected(broker)) {
        add(
            placed.resource(),
            "REPLICA_UNREACHABLE",
            "broker " + broker + " is to hold it and is not connected",
            "bring the broker back, decommission it, or cancel the operation; where the cluster chose"
                + " the broker itself, it chooses another one before long, if there is one");
      } else {
        long lacks = report.lastIndex() - report.matchOf(replica);
        add(
            placed.resource(),
            "LEARNER_BEHIND",
            "the replica on broker " + broker + " lacks " + lacks + " entries",
            "it goes on by itself; raise catch-up-rate if it does not get closer");
      }
      return;
    }
    add(
        placed.resource(),
        "CHANGE_UNDER_WAY",
        "its members are being changed" + (gone.isEmpty() ? "" : "; unreachable are " + gone),
        "it goes on when a majority of the old and of the new members is connected");
  }

  /** Brokers of everything that is present. */
  private static NavigableSet<Integer> brokersOf(PartitionImage partition) {
    NavigableSet<Integer> brokers = new TreeSet<>();
    partition.present().forEach(replica -> brokers.add(ReplicaId.broker(replica)));
    return brokers;
  }
}
