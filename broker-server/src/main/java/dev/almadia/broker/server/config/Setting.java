// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.config;

import java.util.Locale;
import java.util.Optional;

/** A key of the configuration, with its default and what it is for. */
public enum Setting {
  BROKER_ID("broker-id", "", "id of this broker in the cluster, above 0"),
  DATA("data", "", "data directory"),
  LISTEN("listen", "127.0.0.1:9400", "public gRPC address; port 0 lets the system choose"),
  INTERNAL_LISTEN("internal-listen", "127.0.0.1:9401", "gRPC address for the other brokers"),
  HTTP_LISTEN("http-listen", "127.0.0.1:9402", "HTTP address for metrics and health, or off"),
  ADVERTISE("advertise", "", "public address told to clients; default: listen"),
  INTERNAL_ADVERTISE("internal-advertise", "", "address told to brokers; default: internal-listen"),
  INITIAL_BROKERS(
      "initial-brokers",
      "",
      "brokers that form the cluster: 1=host:internalport,2=…; the same on all"),
  JOIN("join", "", "instead of initial-brokers: brokers of the cluster to join, host:internalport"),
  ZONE("zone", "", "rack or the like; replicas of a partition are spread over zones"),
  LOG_FORMAT("log-format", "text", "text or json"),
  TICK_MS("tick-ms", "50", "length of a Raft tick"),
  ELECTION_TIMEOUT_MS("election-timeout-ms", "1000", "silence before a replica seeks election"),
  HEARTBEAT_MS("heartbeat-ms", "100", "pause between heartbeats"),
  STOP_MS("stop-ms", "5000", "most time that a graceful stop spends on handing leaders over"),
  TAIL_CACHE_BYTES("tail-cache-bytes", "64MiB", "recent entries kept in memory, all groups"),
  INFLIGHT_BYTES("inflight-bytes", "64MiB", "writes not yet committed, all groups"),
  PEER_QUEUE_BYTES("peer-queue-bytes", "32MiB", "what may wait to be sent to one peer"),
  MEMTABLE_BYTES("memtable-bytes", "64MiB", "a write buffer of the store"),
  BLOCK_CACHE_BYTES("block-cache-bytes", "64MiB", "blocks that the store read"),
  SHARDS("shards", "0", "threads that run Raft groups; 0: half of the processors"),
  READ_THREADS("read-threads", "4", "threads that read from the store for clients"),
  READ_QUEUE_MAX("read-queue-max", "1000", "reads that may wait for them"),
  MAX_PARTITIONS("max-partitions", "10000", "partitions that the cluster may have"),
  MAX_BATCH_BYTES("max-batch-bytes", "3MiB", "largest batch that a topic may allow"),
  MAX_PRODUCERS_PER_PARTITION(
      "max-producers-per-partition", "10000", "producers that each partition remembers"),
  MAX_RECORD_IDS_PER_PARTITION(
      "max-record-ids-per-partition",
      "200000",
      "record ids that each partition remembers, on topics with dedup.window"),
  MAX_CALLS_PER_CONNECTION("max-calls-per-connection", "1000", "calls at once on one connection"),
  DEFAULT_REPLICATION_FACTOR(
      "default-replication-factor",
      "0",
      "for topics that name none; 0: 3, or all brokers if fewer"),
  CATCH_UP_RATE(
      "catch-up-rate", "100MiB", "bytes a second read for replicas that are behind; 0: no limit"),
  DISK_RESERVE_BYTES("disk-reserve-bytes", "512MiB", "free space below which writes are refused");

  private final String key;
  private final String defaultValue;
  private final String description;

  Setting(String key, String defaultValue, String description) {
    this.key = key;
    this.defaultValue = defaultValue;
    this.description = description;
  }

  /** Name in the file, and of the command line option. */
  public String key() {
    return key;
  }

  /** Text of the default, empty if there is none. */
  public String defaultValue() {
    return defaultValue;
  }

  /** What it is for, one line. */
  public String description() {
    return description;
  }

  /** Name of the environment variable. */
  public String variable() {
    return "ALMADIA_" + key.replace('-', '_').toUpperCase(Locale.ROOT);
  }

  /** The setting of this key. */
  public static Optional<Setting> of(String key) {
    for (Setting setting : values()) {
      if (setting.key.equals(key)) {
        return Optional.of(setting);
      }
    }
    return Optional.empty();
  }

  /** The key that is most like this one, if one is near. */
  static Optional<Setting> near(String key) {
    Setting best = null;
    int bestDistance = Math.max(2, key.length() / 3) + 1;
    for (Setting setting : values()) {
      int distance = distance(key.replace('_', '-').toLowerCase(Locale.ROOT), setting.key);
      if (distance < bestDistance) {
        best = setting;
        bestDistance = distance;
      }
    }
    return Optional.ofNullable(best);
  }

  /** Levenshtein distance. */
  static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
