// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.broker.core.Commands;
import dev.almadia.broker.core.Images;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.PartitionImage;
import dev.almadia.broker.core.topics.Decision;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.v1.Operation;
import dev.almadia.v1.ReplicaMove;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** How many bytes an operation copies, and how long it will take. */
class ProgressTest {
  private static final long BEGAN_MS = 50_000;
  private static final long LOG_BYTES = 1_000;

  private final NavigableMap<Long, GroupReport> reports = new TreeMap<>();
  private MetadataImage image =
      Images.with(Images.register(Images.formed(3), 4, "i4", ""), "t", 4, 3);

  @Test
  void aMoveKnowsItsBytesBeforeItBegins() {
    begin(2);
    report(0, 0);
    report(1, 0);

    Operation operation = after(10_000);

    assertThat(operation.getTotalBytes()).isEqualTo(2 * LOG_BYTES);
    assertThat(operation.getDoneBytes()).isZero();
    assertThat(operation.getEtaSeconds()).isEqualTo(-1);
  }

  @Test
  void theTimeLeftGoesByBytes() {
    begin(2);
    carryOut();
    report(0, 100);
    report(1, 50);

    Operation operation = after(30_000);

    assertThat(operation.getTotalBytes()).isEqualTo(2 * LOG_BYTES);
    assertThat(operation.getDoneBytes()).isEqualTo(LOG_BYTES * 3 / 2);
    assertThat(operation.getDone()).isZero();
    assertThat(operation.getEtaSeconds()).isEqualTo(10);
  }

  @Test
  void withoutBytesItGoesByPartitions() {
    begin(4);
    image = settle(carriedOut().get(0));

    assertThat(after(30_000).getTotalBytes()).isZero();
    assertThat(after(30_000).getEtaSeconds()).isEqualTo(90);
  }

  @Test
  void aPlanSaysWhatItIsAbout() {
    Order order =
        ((Decision.Accepted<Order>)
                new Orders(image, facts(0), new Orders.Caller("ann", 0)).drain(2))
            .value();

    Operation planned = Operations.planned(order);

    assertThat(planned.getKind()).isEqualTo("drain");
    assertThat(planned.getResource()).isEqualTo("brokers/2");
    assertThat(planned.getRequestedBy()).isEqualTo("ann");
    assertThat(planned.getName()).isEmpty();
  }

  private void begin(int partitions) {
    List<ReplicaMove> moves = new ArrayList<>();
    for (PartitionImage partition : partitions().subList(0, partitions)) {
      moves.add(
          ReplicaMove.newBuilder()
              .setTopic("t")
              .setPartition(partition.partition())
              .addAllBrokerIds(elsewhere(partition.replicas()))
              .build());
    }
    Decision<Order> decision =
        new Orders(image, facts(0), new Orders.Caller("test", 0)).move(moves);
    image = Images.apply(image, ((Decision.Accepted<Order>) decision).value().command());
  }

  /** One broker of it is exchanged for the one that does not hold it. */
  private static List<Integer> elsewhere(List<Integer> replicas) {
    int outside = 10 - replicas.stream().mapToInt(id -> id).sum();
    return List.of(replicas.get(0), replicas.get(1), outside);
  }

  private void carryOut() {
    carriedOut();
  }

  private List<PartitionImage> carriedOut() {
    for (var move : image.runningOperations().get(0).moves()) {
      image =
          Images.apply(
              image, Commands.targets(Commands.target(move.groupId(), move.after())).build());
    }
    return partitions();
  }

  private MetadataImage settle(PartitionImage partition) {
    return Images.apply(
        image,
        Commands.settled(
                partition.groupId(), partition.targetRevision(), partition.target(), List.of())
            .build());
  }

  /** The group's leader says that the newcomer holds so many of 100 entries. */
  private void report(int partition, long match) {
    PartitionImage placed = partitions().get(partition);
    List<Integer> voters = placed.createdWith();
    List<GroupReport.Follower> followers = new ArrayList<>();
    for (int replica : placed.target()) {
      if (!voters.contains(replica)) {
        followers.add(new GroupReport.Follower(replica, match, true));
      }
    }
    reports.put(
        placed.groupId(),
        new GroupReport(
            voters.get(0),
            new GroupConfig(voters, List.of(), List.of(), 1),
            100,
            followers,
            LOG_BYTES));
  }

  private List<PartitionImage> partitions() {
    return image.topic("t").partitions();
  }

  private Operation after(long millis) {
    return Operations.list(image, facts(millis), true).get(0);
  }

  private ClusterFacts facts(long afterMillis) {
    NavigableMap<Integer, ClusterFacts.Link> links = new TreeMap<>();
    image.brokers().keySet().forEach(id -> links.put(id, new ClusterFacts.Link(true, 0)));
    NavigableMap<Long, Integer> leaders = new TreeMap<>();
    reports.forEach((group, report) -> leaders.put(group, report.leaderBrokerId()));
    return new ClusterFacts(1, BEGAN_MS + afterMillis, links, leaders, reports);
  }
}
