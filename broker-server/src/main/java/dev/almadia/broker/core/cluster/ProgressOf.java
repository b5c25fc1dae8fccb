// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.cluster;

import dev.almadia.broker.core.metadata.BrokerImage;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataImage.PartitionOfTopic;
import dev.almadia.broker.core.metadata.OperationImage;
import dev.almadia.broker.core.metadata.OperationImage.Move;
import dev.almadia.broker.core.metadata.PartitionImage;
import dev.almadia.raft.core.config.ReplicaId;
import java.util.NavigableSet;
import java.util.TreeSet;

/** Sees in image and facts how far an operation is, and what each of its partitions waits for. */
final class ProgressOf {
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
          case RECOVER -> progress.recover();
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
        if (placed.partition().isSettled()) {
          addCopies(placed.partition(), 0, 1);
        } else {
          addBytes(placed.partition());
        }
        blockers.partition(placed);
      }
    }
    total = Math.max(operation.total(), left);
    guessDoneBytes();
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
        if (placed.partition().isSettled()) {
          addCopies(placed.partition(), 1, 1);
        } else {
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
      if (placed == null) {
        continue;
      }
      int copies = (int) move.after().stream().filter(id -> !move.before().contains(id)).count();
      if (isDone(placed, move)) {
        addCopies(placed.partition(), copies, copies);
        continue;
      }
      left++;
      if (placed.partition().isSettled()) {
        addCopies(placed.partition(), 0, copies);
        blockers.pending(placed, move);
      } else {
        int come = copies - newcomers(placed.partition(), facts).size();
        addCopies(placed.partition(), Math.max(0, come), Math.max(0, come));
        addBytes(placed.partition());
        blockers.partition(placed);
      }
    }
    return left == 0;
  }

  /** Its moves go nowhere: they name what was forced. */
  private boolean recover() {
    for (Move move : operation.moves()) {
      total++;
      PartitionOfTopic placed = image.partitionOf(move.groupId());
      if (placed != null && facts.leaderOf(move.groupId()) == 0) {
        left++;
        blockers.notRecovered(placed);
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

  /** Of what has left a broker nobody knows any more how large it was; as large as the rest. */
  private void guessDoneBytes() {
    if (left > 0) {
      long each = totalBytes / left;
      doneBytes += each * (total - left);
      totalBytes += each * (total - left);
    }
  }

  /** Whole copies of a partition that is not under way. */
  private void addCopies(PartitionImage partition, int done, int all) {
    GroupReport report = facts.reportOf(partition.groupId());
    if (report != null) {
      doneBytes += report.logBytes() * done;
      totalBytes += report.logBytes() * all;
    }
  }

  private void addBytes(PartitionImage partition) {
    GroupReport report = facts.reportOf(partition.groupId());
    if (report == null) {
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
}
