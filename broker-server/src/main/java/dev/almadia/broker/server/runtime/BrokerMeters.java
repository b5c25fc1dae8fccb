// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.runtime;

import dev.almadia.raft.shard.RaftNode;
import dev.almadia.raft.shard.RaftShard;
import dev.almadia.raft.shard.ShardStats;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.ToDoubleFunction;

/** Meters of Raft, its queues and the disk. Read when somebody scrapes. */
final class BrokerMeters {
  private static final double NANOS_PER_SECOND = 1e9;

  private BrokerMeters() {}

  static void register(MeterRegistry meters, RaftNode node, ViewHub hub, DiskGuard disk) {
    for (RaftShard shard : node.shards()) {
      gauge(meters, shard, "groups", ShardStats::groups);
      gauge(meters, shard, "led.groups", ShardStats::ledGroups);
      gauge(meters, shard, "mailbox.depth", ShardStats::mailboxDepth);
      gauge(meters, shard, "turn.max.seconds", s -> s.turnNanosMax() / NANOS_PER_SECOND);
      gauge(meters, shard, "commit.max.seconds", s -> s.commitNanosMax() / NANOS_PER_SECOND);
      counter(meters, shard, "turns", ShardStats::turns);
      counter(meters, shard, "dropped.messages", ShardStats::droppedMessages);
      counter(meters, shard, "refused.requests", ShardStats::refusedRequests);
      counter(meters, shard, "unsent.messages", ShardStats::unsentMessages);
      counter(meters, shard, "sent.frames", ShardStats::sentFrames);
      counter(meters, shard, "rounds", ShardStats::rounds);
      counter(meters, shard, "round.entries", ShardStats::roundEntries);
      counter(meters, shard, "round.bytes", ShardStats::roundBytes);
      counter(meters, shard, "late.ticks", ShardStats::lateTicks);
      counter(meters, shard, "stalls", ShardStats::stalls);
      counter(meters, shard, "commits", ShardStats::commits);
      counter(meters, shard, "commit.seconds", s -> s.commitNanosSum() / NANOS_PER_SECOND);
    }
    FunctionCounter.builder("almadia.log.writes", node, n -> n.writer().stats().rounds())
        .register(meters);
    FunctionCounter.builder("almadia.log.syncs", node, n -> n.writer().stats().syncedRounds())
        .register(meters);
    FunctionCounter.builder(
            "almadia.log.write.seconds",
            node,
            n -> n.writer().stats().writeNanosSum() / NANOS_PER_SECOND)
        .register(meters);
    Gauge.builder(
            "almadia.log.write.max.seconds",
            node,
            n -> n.writer().stats().writeNanosMax() / NANOS_PER_SECOND)
        .register(meters);
    Gauge.builder("almadia.cache.bytes", node, RaftNode::cachedBytes).register(meters);
    Gauge.builder("almadia.raft.loading.bytes", node, RaftNode::loadingBytes).register(meters);
    FunctionCounter.builder("almadia.raft.loads", node, RaftNode::loads).register(meters);
    FunctionCounter.builder("almadia.raft.refused.loads", node, RaftNode::refusedLoads)
        .register(meters);
    Gauge.builder("almadia.view.listened.groups", hub, ViewHub::size).register(meters);
    Gauge.builder("almadia.disk.free.bytes", disk, DiskGuard::freeBytes).register(meters);
  }

  static void register(MeterRegistry meters, PartitionMachines machines) {
    Gauge.builder("almadia.record.ids", machines, PartitionMachines::recordIds)
        .strongReference(true)
        .register(meters);
  }

  private static void gauge(
      MeterRegistry meters, RaftShard shard, String name, ToDoubleFunction<ShardStats> value) {
    Gauge.builder("almadia.shard." + name, shard, s -> value.applyAsDouble(s.stats()))
        .tag("shard", shard.name())
        .register(meters);
  }

  private static void counter(
      MeterRegistry meters, RaftShard shard, String name, ToDoubleFunction<ShardStats> value) {
    FunctionCounter.builder("almadia.shard." + name, shard, s -> value.applyAsDouble(s.stats()))
        .tag("shard", shard.name())
        .register(meters);
  }
}
