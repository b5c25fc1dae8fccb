// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.control;

import dev.almadia.broker.core.metadata.BrokerImage;
import dev.almadia.broker.core.metadata.ForcedNote;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataImage.PartitionOfTopic;
import dev.almadia.internal.v1.GetBrokerStatusResponse;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.v1.Balancing;
import dev.almadia.v1.Broker;
import dev.almadia.v1.BrokerLoad;
import dev.almadia.v1.ForcedLine;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Brokers as the API shows them: from metadata, links, and what they say of themselves. */
final class BrokerViews {
  private final ControlParts parts;
  private final FactsSource source;
  private final BrokerStatuses statuses;

  BrokerViews(ControlParts parts, FactsSource source) {
    this.parts = parts;
    this.source = source;
    this.statuses = new BrokerStatuses(parts);
  }

  /** All brokers by id, with their disks as far as they answer. Never fails. */
  CompletableFuture<List<Broker>> all(MetadataImage image) {
    return statuses.ask().thenApply(told -> brokers(image, told));
  }

  /** One broker, without its disk; empty if there is none of this id. */
  Broker one(MetadataImage image, int brokerId) {
    return brokers(image, Collections.emptyMap()).stream()
        .filter(broker -> broker.getBrokerId() == brokerId)
        .findFirst()
        .orElse(Broker.getDefaultInstance());
  }

  /** The record of what was forced. */
  List<ForcedLine> forced(MetadataImage image) {
    List<ForcedLine> lines = new ArrayList<>();
    for (ForcedNote note : image.forced()) {
      PartitionOfTopic placed = image.partitionOf(note.groupId());
      lines.add(
          ForcedLine.newBuilder()
              .setTimeMs(note.timeMs())
              .setResource(placed == null ? "cluster" : placed.resource())
              .setMessage(note.message())
              .build());
    }
    return lines;
  }

  /** How leaders are balanced. */
  Balancing balancing(MetadataImage image) {
    Balancing.Builder shown = Balancing.newBuilder().setLeaderBalancing(image.leaderBalancing());
    int misplaced = 0;
    for (PartitionOfTopic one : image.partitionsByGroup().values()) {
      int leader = parts.router().leaderOf(one.partition().groupId()).brokerId();
      misplaced += leader == one.partition().preferredLeader() ? 0 : 1;
    }
    for (Broker broker : brokers(image, Collections.emptyMap())) {
      shown.addBrokers(
          BrokerLoad.newBuilder()
              .setBrokerId(broker.getBrokerId())
              .setReplicas(broker.getReplicas())
              .setLeaders(broker.getLeaders())
              .setPreferredLeaders(broker.getPreferredLeaders()));
    }
    return shown.setMisplacedLeaders(misplaced).build();
  }

  private List<Broker> brokers(MetadataImage image, Map<Integer, GetBrokerStatusResponse> told) {
    Map<Integer, Integer> replicas = new HashMap<>();
    Map<Integer, Integer> leaders = new HashMap<>();
    Map<Integer, Integer> preferred = new HashMap<>();
    Map<Integer, Integer> leaving = new HashMap<>();
    for (PartitionOfTopic one : image.partitionsByGroup().values()) {
      one.partition().replicas().forEach(broker -> replicas.merge(broker, 1, Integer::sum));
      preferred.merge(one.partition().preferredLeader(), 1, Integer::sum);
      one.partition()
          .leaving()
          .forEach(replica -> leaving.merge(ReplicaId.broker(replica), 1, Integer::sum));
      int leader = parts.router().leaderOf(one.partition().groupId()).brokerId();
      leaders.merge(leader, 1, Integer::sum);
    }
    List<Broker> brokers = new ArrayList<>();
    for (BrokerImage broker : image.brokers().values()) {
      int id = broker.brokerId();
      GetBrokerStatusResponse status =
          told.getOrDefault(id, GetBrokerStatusResponse.getDefaultInstance());
      brokers.add(
          Broker.newBuilder()
              .setBrokerId(id)
              .setEndpoint(broker.endpoint())
              .setInternalEndpoint(broker.internalEndpoint())
              .setHttpEndpoint(broker.httpEndpoint())
              .setVersion(broker.version())
              .setReachable(parts.context().isReachable(id))
              .setReplicas(replicas.getOrDefault(id, 0))
              .setLeaders(leaders.getOrDefault(id, 0))
              .setMetadataVoter(image.metadataGroup().votes(id))
              .setPreferredLeaders(preferred.getOrDefault(id, 0))
              .setLeavingReplicas(leaving.getOrDefault(id, 0))
              .setZone(broker.zone())
              .setState(broker.state())
              .setLogBytes(status.getLogBytes())
              .setFreeBytes(status.getFreeBytes())
              .setDiskBytes(status.getDiskBytes())
              .setLastHeardMs(source.lastHeardMillis(id))
              .build());
    }
    return brokers;
  }
}
