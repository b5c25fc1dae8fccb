// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.config;

import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Everything that can be set for a broker, checked by {@link ConfigLoader}. {@link Setting} holds
 * names, defaults and descriptions.
 *
 * @param brokerId id, above 0
 * @param data data directory
 * @param network addresses
 * @param initialBrokers internal addresses of the brokers that form the cluster, by id; empty if
 *     this one only joins
 * @param join internal addresses of brokers of the cluster to join; empty if it may form one. One
 *     of the two is given, never both
 * @param zone where the broker stands, such as a rack; empty if none
 * @param logFormat format of the log
 * @param timing ticks and timeouts
 * @param memory bounds in bytes
 * @param threads numbers of threads
 * @param limits what users may ask for
 */
public record BrokerConfig(
    int brokerId,
    Path data,
    Network network,
    SortedMap<Integer, Endpoint> initialBrokers,
    List<Endpoint> join,
    String zone,
    LogFormat logFormat,
    Timing timing,
    Memory memory,
    Threads threads,
    Limits limits) {
  /** Copies map and list. */
  public BrokerConfig {
    initialBrokers = Collections.unmodifiableSortedMap(new TreeMap<>(initialBrokers));
    join = List.copyOf(join);
  }

  /** Format of the log. */
  public enum LogFormat {
    /** A line of text. */
    TEXT,
    /** A JSON object per line. */
    JSON
  }

  /**
   * Addresses.
   *
   * @param listen public gRPC port
   * @param internalListen gRPC port for brokers
   * @param httpListen HTTP port for metrics and health, null if off
   * @param advertise public address told to clients; null: listen, with the port that was bound
   * @param internalAdvertise address told to brokers; null: internalListen, likewise
   */
  public record Network(
      Endpoint listen,
      Endpoint internalListen,
      @Nullable Endpoint httpListen,
      @Nullable Endpoint advertise,
      @Nullable Endpoint internalAdvertise) {}

  /**
   * Times in milliseconds.
   *
   * @param tickMs length of a Raft tick
   * @param electionTimeoutMs silence after which a replica seeks election
   * @param heartbeatMs pause between heartbeats
   * @param stopMs most time that a graceful stop spends on handing over
   */
  public record Timing(int tickMs, int electionTimeoutMs, int heartbeatMs, int stopMs) {}

  /**
   * Bounds in bytes.
   *
   * @param tailCacheBytes recent entries of all groups, for tail reads and slow followers
   * @param inflightBytes proposals of all groups that are not committed yet
   * @param peerQueueBytes what waits to be sent to one peer
   * @param memtableBytes a write buffer of the store
   * @param blockCacheBytes blocks that the store read
   */
  public record Memory(
      long tailCacheBytes,
      long inflightBytes,
      long peerQueueBytes,
      long memtableBytes,
      long blockCacheBytes) {}

  /**
   * Numbers of threads.
   *
   * @param shards threads that run Raft groups
   * @param readThreads threads that read from the store for clients
   * @param readQueueMax reads that may wait for them
   */
  public record Threads(int shards, int readThreads, int readQueueMax) {}

  /**
   * What users may ask for.
   *
   * @param maxPartitions partitions of the cluster
   * @param maxBatchBytes largest batch that a topic may allow
   * @param maxCallsPerConnection calls at once on one connection
   * @param defaultReplicationFactor 0: 3, or the number of brokers if there are fewer
   * @param diskReserveBytes free space below which writes are refused
   * @param catchUpBytesPerSecond read for replicas that are behind, all together; 0: no limit
   * @param maxProducersPerPartition producers that each partition remembers; all of them together,
   *     with the record ids, have to fit into one message between brokers
   * @param maxRecordIdsPerPartition record ids that each partition remembers
   */
  public record Limits(
      int maxPartitions,
      int maxBatchBytes,
      int maxCallsPerConnection,
      int defaultReplicationFactor,
      long diskReserveBytes,
      long catchUpBytesPerSecond,
      int maxProducersPerPartition,
      int maxRecordIdsPerPartition) {}
}
