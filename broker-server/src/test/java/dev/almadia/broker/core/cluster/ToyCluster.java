// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.cluster;

import dev.almadia.broker.core.Commands;
import dev.almadia.broker.core.Images;
import dev.almadia.broker.core.cluster.ClusterActions.HandOver;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataImage.PartitionOfTopic;
import dev.almadia.broker.core.metadata.MetadataImages;
import dev.almadia.broker.core.metadata.MetadataResult;
import dev.almadia.broker.core.metadata.PartitionImage;
import dev.almadia.internal.v1.MetadataCommand;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.config.ReplicaId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;

/** Groups that do what metadata ask, some time later, and only if the brokers for it are there. */
final class ToyCluster {
  static final long STEP_MILLIS = 250;

  final Random random;
  final NavigableSet<Integer> alive = new TreeSet<>();
  MetadataImage image;
  long nowMillis = 1_000_000;
  private final NavigableMap<Integer, Long> since = new TreeMap<>();
  private final NavigableMap<Long, GroupConfig> configs = new TreeMap<>();
  private final NavigableMap<Long, Integer> leaders = new TreeMap<>();
  private final ArrayDeque<MetadataCommand> late = new ArrayDeque<>();
  private final ClusterController controller =
      new ClusterController(new ControllerSettings(5_000, 3_000, 2_000, 2, 4, 1_000));
  private String incarnations = "i";

  ToyCluster(long seed, int brokers) {
    random = new Random(seed);
    image = Images.formed(brokers);
    for (int id = 1; id <= brokers; id++) {
      alive.add(id);
      since.put(id, nowMillis);
    }
  }

  void register(int id, boolean withNewDisk) {
    if (withNewDisk) {
      incarnations += "i";
    }
    String incarnation =
        image.brokers().containsKey(id) && !withNewDisk
            ? image.brokers().get(id).incarnation()
            : incarnations + id;
    image = Images.register(image, id, incarnation, "z" + id % 3);
    revive(id);
  }

  void kill(int id) {
    if (alive.remove(id)) {
      since.put(id, nowMillis);
    }
  }

  void revive(int id) {
    if (image.brokers().containsKey(id) && alive.add(id)) {
      since.put(id, nowMillis);
    }
  }

  /** Applies a command; refusals are allowed. */
  MetadataResult apply(MetadataCommand command) {
    MetadataResult result = MetadataImages.apply(image, image.revision() + 1, command);
    image = result.image();
    return result;
  }

  ClusterFacts facts() {
    NavigableMap<Integer, ClusterFacts.Link> links = new TreeMap<>();
    since.forEach((id, at) -> links.put(id, new ClusterFacts.Link(alive.contains(id), at)));
    NavigableMap<Long, GroupReport> reports = new TreeMap<>();
    leaders.forEach(
        (group, leader) ->
            reports.put(
                group, new GroupReport(leader, configs.get(group), 100, followers(group), 1000)));
    return new ClusterFacts(nowMillis, nowMillis, links, leaders, reports);
  }

  private List<GroupReport.Follower> followers(long group) {
    List<GroupReport.Follower> followers = new ArrayList<>();
    for (int replica : configs.get(group).voters()) {
      boolean lives = alive.contains(ReplicaId.broker(replica));
      followers.add(new GroupReport.Follower(replica, lives ? 100 : 0, lives));
    }
    return followers;
  }

  /** A turn of the controller and some of what it leads to. */
  void step() {
    nowMillis += STEP_MILLIS;
    groupsFollow();
    ClusterActions actions = controller.turn(image, facts());
    late.addAll(actions.commands());
    while (!late.isEmpty() && random.nextInt(4) > 0) {
      var unused = apply(late.remove());
    }
    for (HandOver handOver : actions.handOvers()) {
      Integer leader = leaders.get(handOver.groupId());
      if (leader != null
          && leader == handOver.fromBrokerId()
          && isVoter(handOver.groupId(), handOver.toBrokerId())
          && alive.contains(handOver.toBrokerId())) {
        leaders.put(handOver.groupId(), handOver.toBrokerId());
      }
    }
    alive.retainAll(image.brokers().keySet());
  }

  private boolean isVoter(long group, int broker) {
    return configs.get(group).voters().stream().anyMatch(id -> isThere(group, id, broker));
  }

  private boolean isThere(long group, int replica, int broker) {
    PartitionOfTopic placed = image.partitionOf(group);
    return ReplicaId.broker(replica) == broker
        && alive.contains(broker)
        && placed != null
        && isNewestLife(placed.partition(), replica);
  }

  private static boolean isNewestLife(PartitionImage partition, int replica) {
    int broker = ReplicaId.broker(replica);
    return partition.present().contains(replica)
        && ReplicaId.life(replica) >= partition.lives().getOrDefault(broker, 0);
  }

  private boolean hasMajority(PartitionImage partition, List<Integer> voters) {
    long there =
        voters.stream()
            .filter(id -> isThere(partition.groupId(), id, ReplicaId.broker(id)))
            .count();
    return there * 2 > voters.size();
  }

  private void groupsFollow() {
    configs.keySet().retainAll(image.partitionsByGroup().keySet());
    leaders.keySet().retainAll(image.partitionsByGroup().keySet());
    for (PartitionOfTopic placed : image.partitionsByGroup().values()) {
      follow(placed.partition());
    }
    settleMetadata();
  }

  private void follow(PartitionImage partition) {
    long group = partition.groupId();
    GroupConfig config =
        configs.computeIfAbsent(
            group,
            unused ->
                new GroupConfig(
                    partition.target(), List.of(), List.of(), partition.targetRevision()));
    if (!hasMajority(partition, config.voters())) {
      leaders.remove(group);
      return;
    }
    if (!leaders.containsKey(group) || !isVoter(group, leaders.get(group))) {
      for (int id : config.voters()) {
        if (isThere(group, id, ReplicaId.broker(id))) {
          leaders.put(group, ReplicaId.broker(id));
        }
      }
    }
    boolean newcomersThere =
        partition.target().stream()
            .allMatch(id -> config.voters().contains(id) || alive.contains(ReplicaId.broker(id)));
    if (config.targetVersion() < partition.targetRevision()
        && newcomersThere
        && random.nextInt(5) == 0) {
      configs.put(
          group,
          new GroupConfig(partition.target(), List.of(), List.of(), partition.targetRevision()));
    } else if (config.targetVersion() == partition.targetRevision() && !partition.isSettled()) {
      late.add(Commands.settled(group, config.targetVersion(), config.voters(), List.of()).build());
    }
  }

  private void settleMetadata() {
    var group = image.metadataGroup();
    List<Integer> voters = group.voters();
    long there = voters.stream().filter(id -> alive.contains(ReplicaId.broker(id))).count();
    if (!group.isSettled() && there * 2 > voters.size() && random.nextInt(5) == 0) {
      late.add(Commands.settled(0, group.targetRevision(), voters, group.learners()).build());
    }
  }

  /** Whether nothing is under way, every replica is there, and each group can do without this. */
  boolean canLoseDiskOf(int broker) {
    boolean isMinority =
        configs.values().stream()
            .map(GroupConfig::voters)
            .allMatch(
                voters ->
                    voters.stream().noneMatch(id -> ReplicaId.broker(id) == broker)
                        || voters.size() > 2);
    return isMinority
        && alive.containsAll(image.brokers().keySet())
        && image.metadataGroup().isSettled()
        && image.partitionsByGroup().values().stream()
            .allMatch(placed -> placed.partition().isSettled());
  }

  Map<Long, GroupConfig> configs() {
    return configs;
  }

  Map<Long, Integer> leaders() {
    return leaders;
  }
}
