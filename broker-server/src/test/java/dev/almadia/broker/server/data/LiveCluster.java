// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import static org.awaitility.Awaitility.await;

import com.google.protobuf.FieldMask;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataImages;
import dev.almadia.broker.core.metadata.MetadataResult;
import dev.almadia.broker.core.topics.Decision;
import dev.almadia.broker.core.topics.TopicCommands;
import dev.almadia.internal.v1.BrokerRegistration;
import dev.almadia.internal.v1.MetadataCommand;
import dev.almadia.internal.v1.SetBrokerState;
import dev.almadia.raft.core.Role;
import dev.almadia.raft.link.PeerBatch;
import dev.almadia.raft.shard.GroupView;
import dev.almadia.v1.BrokerState;
import dev.almadia.v1.CreateTopicRequest;
import dev.almadia.v1.Topic;
import dev.almadia.v1.TopicConfig;
import dev.almadia.v1.UpdateTopicRequest;
import io.grpc.ManagedChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Some {@link LiveBroker}s in one process. */
final class LiveCluster implements AutoCloseable {
  private final Map<Integer, LiveBroker> brokers = new ConcurrentHashMap<>();
  private final Map<Integer, ManagedChannel> channels = new ConcurrentHashMap<>();
  private final Path directory;
  private final DataLimits limits;
  private volatile MetadataImage image = MetadataImage.EMPTY;

  LiveCluster(Path directory, int size, DataLimits limits) throws Exception {
    this.directory = directory;
    this.limits = limits;
    for (int id = 1; id <= size; id++) {
      apply(
          MetadataCommand.newBuilder()
              .setRegisterBroker(
                  BrokerRegistration.newBuilder()
                      .setBrokerId(id)
                      .setIncarnation("i" + id)
                      .setEndpoint("broker" + id + ":9400"))
              .build());
    }
    for (int id = 1; id <= size; id++) {
      LiveBroker broker = new LiveBroker(this, id, directory.resolve("b" + id), limits);
      brokers.put(id, broker);
      channels.put(id, LiveBroker.channel(broker.port()));
    }
    brokers.forEach(
        (id, broker) -> {
          for (int other : brokers.keySet()) {
            if (other != id) {
              broker.node().connected(other);
            }
          }
        });
  }

  MetadataImage image() {
    return image;
  }

  ManagedChannel channelTo(int id) {
    return channels.get(id);
  }

  boolean isUp(int id) {
    return brokers.containsKey(id);
  }

  LiveBroker broker(int id) {
    return brokers.get(id);
  }

  boolean pass(int from, int to, PeerBatch batch) {
    LiveBroker target = brokers.get(to);
    if (target == null || !brokers.containsKey(from)) {
      return false;
    }
    target.node().receive(from, batch);
    return true;
  }

  private synchronized MetadataResult apply(MetadataCommand command) {
    MetadataResult result = MetadataImages.apply(image, image.revision() + 1, command);
    image = result.image();
    return result;
  }

  void setState(int brokerId, BrokerState state) {
    apply(
        MetadataCommand.newBuilder()
            .setSetBrokerState(SetBrokerState.newBuilder().setBrokerId(brokerId).setState(state))
            .build());
  }

  void createTopic(String name, int partitions) {
    Decision<MetadataCommand> decision =
        TopicCommands.create(
            image,
            CreateTopicRequest.newBuilder()
                .setTopic(Topic.newBuilder().setTopic(name).setPartitions(partitions))
                .build(),
            new TopicCommands.CreateLimits(1000, id -> true),
            System.currentTimeMillis());
    apply(((Decision.Accepted<MetadataCommand>) decision).value());
    for (var partition : image.topic(name).partitions()) {
      MetadataImage.PartitionOfTopic placed = image.partitionOf(partition.groupId());
      brokers.values().forEach(broker -> broker.open(placed));
    }
    for (int partition = 0; partition < partitions; partition++) {
      leaderOf(name, partition);
    }
  }

  /** Changes the topic's dedup.window. */
  void setDedupWindow(String topic, long windowMs) {
    TopicConfig config = TopicConfig.newBuilder().setDedupWindowMs(windowMs).build();
    Decision<MetadataCommand> decision =
        TopicCommands.update(
            image,
            UpdateTopicRequest.newBuilder()
                .setTopic(Topic.newBuilder().setTopic(topic).setConfig(config))
                .setUpdateMask(FieldMask.newBuilder().addPaths("config.dedup_window_ms"))
                .build(),
            System.currentTimeMillis());
    apply(((Decision.Accepted<MetadataCommand>) decision).value());
  }

  /** Shows all brokers the metadata as they were, as if they had not heard of what came since. */
  void show(MetadataImage earlier) {
    image = earlier;
  }

  long groupOf(String topic, int partition) {
    return image.topic(topic).partitions().get(partition).groupId();
  }

  /** The confirmed leader; waits for one. */
  LiveBroker leaderOf(String topic, int partition) {
    long group = groupOf(topic, partition);
    return await()
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(5))
        .until(
            () ->
                brokers.values().stream()
                    .filter(broker -> leads(broker.node().view(group)))
                    .findFirst()
                    .orElse(null),
            leader -> leader != null);
  }

  private static boolean leads(GroupView view) {
    return view != null && view.role() == Role.LEADER && view.confirmed();
  }

  /** A broker that does not lead the partition. */
  int otherThanLeader(String topic, int partition) {
    int leader = leaderOf(topic, partition).brokerId();
    return brokers.keySet().stream().filter(id -> id != leader).findFirst().orElseThrow();
  }

  void kill(int id) {
    LiveBroker killed = brokers.remove(id);
    killed.kill();
    brokers.values().forEach(broker -> broker.node().disconnected(id));
  }

  /** Starts a killed one again on its disk. */
  void restart(int id) throws Exception {
    LiveBroker broker = new LiveBroker(this, id, directory.resolve("b" + id), limits);
    brokers.put(id, broker);
    ManagedChannel before = channels.put(id, LiveBroker.channel(broker.port()));
    before.shutdownNow();
    broker.openRestored();
    for (LiveBroker other : brokers.values()) {
      if (other != broker) {
        other.node().connected(id);
        broker.node().connected(other.brokerId());
      }
    }
  }

  @Override
  public void close() {
    channels.values().forEach(ManagedChannel::shutdownNow);
    brokers.values().forEach(LiveBroker::kill);
    brokers.clear();
  }
}
