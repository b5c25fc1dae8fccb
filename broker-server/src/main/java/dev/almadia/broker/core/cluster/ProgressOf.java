// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.cluster;

import dev.almadia.broker.core.metadata.BrokerImage;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataImage.PartitionOfTopic;
import dev.almadia.broker.core.metadata.OperationImage;
import dev.almadia.broker.core.metadata.OperationImage.Move;
import dev.almadia.broker.core.metadata.PartitionImage;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.v1.Blocker;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;

/** Sees in image and facts how far an operation is, and what each of its partitions waits for. */
final class ProgressOf {
  /** Most blockers that are told. */
  static final int BLOCKERS_MAX = 100;

  /** A replica that lacks no more than this holds the log, as far as reports can tell. */
  static final long CLOSE_ENTRIES = 1000;

  private final MetadataImage image;
  private final ClusterFacts facts;
  private final OperationImage operation;
  private final Blockers blockers;
  private int total;
  private int left;
  private long doneBytes;
  private long totalBytes;

  private ProgressOf(MetadataImage image, ClusterFacts facts, OperationImage operation) {
    this.image = image;
    this.facts = facts;
    this.operation = operation;
    blockers = new Blockers(image, facts);
  }

  /** The progress of a running operation. */
  static OperationProgress operation(
      MetadataImage image, ClusterFacts facts, OperationImage operation) {
    ProgressOf progress = new ProgressOf(image, facts, operation);
    boolean isDone =
        switch (operation.kind()) {
          case DRAIN -> progress.drain();
          case DECOMMISSION -> progress.decommission();
          case RESEED -> progress.reseed();
          case MOVE, REBALANCE, REPLICATION -> progress.moves();
          case RECOVER -> false;
        };
    return new OperationProgress(
        progress.total - progress.left,
        progress.total,
        progress.doneBytes,
        progress.totalBytes,
        isDone,
        progress.blockers.all());
  }

  private boolean drain() {
    for (PartitionOfTopic placed : image.partitionsByGroup().values()) {
      if (placed.partition().touches(operation.brokerId())) {
        total++;
        if (facts.leaderOf(placed.partition().groupId()) == operation.brokerId()) {
          left++;
          blockers.leaderStays(placed, operation.brokerId());
        }
      }
    }
    return left == 0;
  }

  private boolean decommission() {
    int id = operation.brokerId();
    for (PartitionOfTopic placed : image.partitionsByGroup().values()) {
      if (placed.partition().touches(id)) {
        left++;
        addBytes(placed.partition());
        blockers.partition(placed);
      }
    }
    total = Math.max(operation.total(), left);
    BrokerImage broker = image.brokers().get(id);
    if (broker != null && left == 0) {
      blockers.metadata(id);
    }
    return broker == null;
  }

  private boolean reseed() {
    int id = operation.brokerId();
    for (PartitionOfTopic placed : image.partitionsByGroup().values()) {
      if (placed.partition().wants(id)) {
        total++;
        if (!placed.partition().isSettled()) {
          left++;
          addBytes(placed.partition());
          blockers.partition(placed);
        }
      }
    }
    if (left == 0 && !image.metadataGroup().isSettled()) {
      blockers.metadata(id);
      return false;
    }
    return left == 0;
  }

  private boolean moves() {
    for (Move move : operation.moves()) {
      total++;
      PartitionOfTopic placed = image.partitionOf(move.groupId());
      if (placed == null || isDone(placed, move)) {
        continue;
      }
      left++;
      addBytes(placed.partition());
      if (placed.partition().isSettled()) {
        blockers.pending(placed, move);
      } else {
        blockers.partition(placed);
      }
    }
    return left == 0;
  }

  private boolean isDone(PartitionOfTopic placed, Move move) {
    PartitionImage partition = placed.partition();
    return partition.isSettled()
        && !WantedTargets.isPending(image, move)
        && partition.target().size() == placed.topic().replicationFactor();
  }

  private void addBytes(PartitionImage partition) {
    GroupReport report = facts.reportOf(partition.groupId());
    if (report == null || partition.isSettled()) {
      return;
    }
    for (int replica : partition.target()) {
      if (!report.config().voters().contains(replica)) {
        double share =
            report.lastIndex() == 0 ? 1 : (double) report.matchOf(replica) / report.lastIndex();
        totalBytes += report.logBytes();
        doneBytes += (long) (report.logBytes() * Math.min(1, share));
      }
    }
  }

  /**
   * Brokers whose replica of a partition under way does not vote yet. Without a leader nothing is
   * under way; if the leader has not reported, all of them may be new.
   */
  static NavigableSet<Integer> newcomers(PartitionImage partition, ClusterFacts facts) {
    NavigableSet<Integer> brokers = new TreeSet<>();
    if (facts.leaderOf(partition.groupId()) == 0) {
      return brokers;
    }
    GroupReport report = facts.reportOf(partition.groupId());
    for (int replica : partition.target()) {
      if (report == null || !report.config().voters().contains(replica)) {
        brokers.add(ReplicaId.broker(replica));
      }
    }
    return brokers;
  }

  /** Collects what waits, up to a limit. */
  private static final class Blockers {
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

    private void add(String resource, String code, String message, String hint) {
      if (all.size() < BLOCKERS_MAX) {
        all.add(
            Blocker.newBuilder()
                .setResource(resource)
                .setCode(code)
                .setMessage(message)
                .setHint(hint)
                .build());
      }
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
              "broker "
                  + id
                  + " is "
                  + (facts.isConnected(id) ? broker.stateName() : "unreachable"));
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
      waits(placed);
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
      if (all.size() >= BLOCKERS_MAX) {
        return;
      }
      PartitionImage partition = placed.partition();
      if (!partition.isSettled()) {
        underWay(placed);
      } else if (wanted.next(placed) == null) {
        add(
            placed.resource(),
            "NOT_ENOUGH_BROKERS",
            "no other active and connected broker can take a replica; it needs "
                + placed.topic().replicationFactor(),
            "add a broker with --join, bring back "
                + facts.unreachable(image.brokers().keySet())
                + ", or lower the replication factor");
      } else {
        waits(placed);
      }
    }

    private void underWay(PartitionOfTopic placed) {
      PartitionImage partition = placed.partition();
      NavigableSet<Integer> gone = facts.unreachable(PartitionOfBrokers.of(partition));
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
              "bring the broker back, decommission it, or cancel the operation");
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
  }

  /** Broker ids of everything that is present. */
  private static final class PartitionOfBrokers {
    private PartitionOfBrokers() {}

    static NavigableSet<Integer> of(PartitionImage partition) {
      NavigableSet<Integer> brokers = new TreeSet<>();
      partition.present().forEach(replica -> brokers.add(ReplicaId.broker(replica)));
      return brokers;
    }
  }
}
