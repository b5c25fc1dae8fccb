// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.config;

import dev.almadia.broker.core.cluster.CatchUpThrottles;
import dev.almadia.broker.server.config.BrokerConfig.LogFormat;
import io.smallrye.config.SmallRyeConfig;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.ConfigValue;
import org.jspecify.annotations.Nullable;

/** Turns texts into values, and says in one line which key of which source is wrong. */
final class ConfigValues {
  private static final Pattern BYTES = Pattern.compile("(\\d{1,15})\\s*(|B|KiB|MiB|GiB|TiB)");

  /** How the library writes the names that we give to sources. */
  private static final Pattern WRAPPED_NAME = Pattern.compile("\\w+\\[source=(.*)]");

  private static final long KIB = 1024;
  private static final long MIB = KIB * KIB;
  private static final long GIB = MIB * KIB;

  /** Replica ids have room for so many. */
  private static final int BROKER_ID_MAX = 65_535;

  private static final Pattern ZONE = Pattern.compile("[A-Za-z0-9._-]{0,64}");
  private static final int JOIN_MAX = 100;
  private static final int INITIAL_BROKERS_MAX = 7;
  private static final int HEARTBEATS_PER_ELECTION = 5;

  private final SmallRyeConfig config;

  private ConfigValues(SmallRyeConfig config) {
    this.config = config;
  }

  static BrokerConfig read(SmallRyeConfig config) throws ConfigException {
    return new ConfigValues(config).read();
  }

  private BrokerConfig read() throws ConfigException {
    int brokerId = (int) number(Setting.BROKER_ID, 1, BROKER_ID_MAX);
    BrokerConfig.Timing timing = timing();
    return new BrokerConfig(
        brokerId,
        path(Setting.DATA),
        network(),
        initialBrokers(brokerId),
        join(),
        zone(),
        logFormat(),
        timing,
        memory(),
        threads(),
        limits());
  }

  private BrokerConfig.Network network() throws ConfigException {
    Endpoint http =
        required(Setting.HTTP_LISTEN).equalsIgnoreCase("off")
            ? null
            : endpoint(Setting.HTTP_LISTEN);
    BrokerConfig.Network network =
        new BrokerConfig.Network(
            endpoint(Setting.LISTEN),
            endpoint(Setting.INTERNAL_LISTEN),
            http,
            optionalEndpoint(Setting.ADVERTISE),
            optionalEndpoint(Setting.INTERNAL_ADVERTISE));
    demandAddress(Setting.LISTEN, network.listen(), Setting.ADVERTISE, network.advertise());
    demandAddress(
        Setting.INTERNAL_LISTEN,
        network.internalListen(),
        Setting.INTERNAL_ADVERTISE,
        network.internalAdvertise());
    return network;
  }

  private void demandAddress(
      Setting listen, Endpoint bound, Setting advertise, @Nullable Endpoint told)
      throws ConfigException {
    if (told == null && bound.isWildcard()) {
      throw wrong(
          listen,
          "stands for all addresses; set " + advertise.key() + " to one that others can reach");
    }
    if (told != null && told.isWildcard()) {
      throw wrong(advertise, "stands for all addresses; nobody can connect to it");
    }
  }

  private BrokerConfig.Timing timing() throws ConfigException {
    int tickMs = (int) number(Setting.TICK_MS, 5, 1000);
    int heartbeatMs = (int) number(Setting.HEARTBEAT_MS, 5, 10_000);
    int electionMs = (int) number(Setting.ELECTION_TIMEOUT_MS, 50, 60_000);
    if (heartbeatMs < tickMs) {
      throw wrong(Setting.HEARTBEAT_MS, "is below tick-ms (" + tickMs + ")");
    }
    if (electionMs < HEARTBEATS_PER_ELECTION * heartbeatMs) {
      throw wrong(
          Setting.ELECTION_TIMEOUT_MS, "is below 5 times heartbeat-ms (" + heartbeatMs + ")");
    }
    return new BrokerConfig.Timing(
        tickMs, electionMs, heartbeatMs, (int) number(Setting.STOP_MS, 0, 600_000));
  }

  private BrokerConfig.Memory memory() throws ConfigException {
    return new BrokerConfig.Memory(
        bytes(Setting.TAIL_CACHE_BYTES, MIB, 64 * GIB),
        bytes(Setting.INFLIGHT_BYTES, 8 * MIB, 16 * GIB),
        bytes(Setting.PEER_QUEUE_BYTES, 8 * MIB, GIB),
        bytes(Setting.MEMTABLE_BYTES, MIB, 4 * GIB),
        bytes(Setting.BLOCK_CACHE_BYTES, MIB, 64 * GIB));
  }

  private BrokerConfig.Threads threads() throws ConfigException {
    int shards = (int) number(Setting.SHARDS, 0, 64);
    return new BrokerConfig.Threads(
        shards == 0 ? Math.max(1, Runtime.getRuntime().availableProcessors() / 2) : shards,
        (int) number(Setting.READ_THREADS, 1, 64),
        (int) number(Setting.READ_QUEUE_MAX, 1, 100_000));
  }

  private BrokerConfig.Limits limits() throws ConfigException {
    return new BrokerConfig.Limits(
        (int) number(Setting.MAX_PARTITIONS, 1, 1_000_000),
        (int) bytes(Setting.MAX_BATCH_BYTES, KIB, 3 * MIB),
        (int) number(Setting.MAX_CALLS_PER_CONNECTION, 10, 100_000),
        (int) number(Setting.DEFAULT_REPLICATION_FACTOR, 0, INITIAL_BROKERS_MAX),
        bytes(Setting.DISK_RESERVE_BYTES, 0, 1024 * GIB),
        catchUpRate(),
        (int) number(Setting.MAX_PRODUCERS_PER_PARTITION, 1, 20_000),
        (int) number(Setting.MAX_RECORD_IDS_PER_PARTITION, 1, 300_000));
  }

  /** A rate so small that a single entry takes minutes would look like a replica that hangs. */
  private long catchUpRate() throws ConfigException {
    long rate = bytes(Setting.CATCH_UP_RATE, 0, 1024 * GIB);
    if (rate > 0 && rate < CatchUpThrottles.BYTES_PER_SECOND_MIN) {
      throw wrong(
          Setting.CATCH_UP_RATE,
          "is below " + CatchUpThrottles.BYTES_PER_SECOND_MIN + " bytes (0 is no limit)");
    }
    return rate;
  }

  private SortedMap<Integer, Endpoint> initialBrokers(int brokerId) throws ConfigException {
    SortedMap<Integer, Endpoint> brokers = new TreeMap<>();
    if (text(Setting.INITIAL_BROKERS).isEmpty()) {
      if (text(Setting.JOIN).isEmpty()) {
        throw new ConfigException(
            "neither initial-brokers nor join is set; a broker needs "
                + "the brokers to form a cluster with, or those of a cluster to join");
      }
      return brokers;
    }
    if (!text(Setting.JOIN).isEmpty()) {
      throw wrong(
          Setting.JOIN,
          "excludes initial-brokers: a broker forms a cluster or joins one, so set only one");
    }
    for (String part : required(Setting.INITIAL_BROKERS).split(",", -1)) {
      int equals = part.indexOf('=');
      if (equals < 0) {
        throw wrong(Setting.INITIAL_BROKERS, "is not of the form 1=host:port,2=host:port");
      }
      int id;
      try {
        id = Integer.parseInt(part.substring(0, equals).strip());
        if (id < 1 || id > BROKER_ID_MAX || brokers.containsKey(id)) {
          throw wrong(Setting.INITIAL_BROKERS, "names broker id " + id + " twice or out of range");
        }
        brokers.put(id, Endpoint.parse(part.substring(equals + 1).strip()));
      } catch (IllegalArgumentException e) {
        throw wrong(Setting.INITIAL_BROKERS, "is not of the form 1=host:port,2=host:port");
      }
    }
    if (brokers.size() > INITIAL_BROKERS_MAX) {
      throw wrong(Setting.INITIAL_BROKERS, "names more than 7 brokers");
    }
    if (!brokers.containsKey(brokerId)) {
      throw wrong(
          Setting.INITIAL_BROKERS, "does not name this broker (broker-id " + brokerId + ")");
    }
    return brokers;
  }

  private List<Endpoint> join() throws ConfigException {
    List<Endpoint> brokers = new ArrayList<>();
    if (text(Setting.JOIN).isEmpty()) {
      return brokers;
    }
    for (String part : text(Setting.JOIN).split(",", -1)) {
      Endpoint broker;
      try {
        broker = Endpoint.parse(part.strip());
      } catch (IllegalArgumentException e) {
        throw wrong(Setting.JOIN, "is not of the form host:port,host:port: " + e.getMessage());
      }
      if (broker.port() == 0 || broker.isWildcard()) {
        throw wrong(Setting.JOIN, "names " + broker + ", to which nobody can connect");
      }
      brokers.add(broker);
    }
    if (brokers.size() > JOIN_MAX) {
      throw wrong(Setting.JOIN, "names more than " + JOIN_MAX + " brokers");
    }
    return brokers;
  }

  private String zone() throws ConfigException {
    String zone = text(Setting.ZONE);
    if (!ZONE.matcher(zone).matches()) {
      throw wrong(Setting.ZONE, "is not 1 to 64 of letters, digits, point, hyphen and underscore");
    }
    return zone;
  }

  private LogFormat logFormat() throws ConfigException {
    return switch (required(Setting.LOG_FORMAT).toLowerCase(Locale.ROOT)) {
      case "text" -> LogFormat.TEXT;
      case "json" -> LogFormat.JSON;
      default -> throw wrong(Setting.LOG_FORMAT, "is neither text nor json");
    };
  }

  private Path path(Setting setting) throws ConfigException {
    try {
      return Path.of(required(setting)).toAbsolutePath();
    } catch (InvalidPathException e) {
      throw wrong(setting, "is no path");
    }
  }

  private Endpoint endpoint(Setting setting) throws ConfigException {
    try {
      return Endpoint.parse(required(setting));
    } catch (IllegalArgumentException e) {
      throw wrong(setting, "is wrong: " + e.getMessage());
    }
  }

  private @Nullable Endpoint optionalEndpoint(Setting setting) throws ConfigException {
    return text(setting).isEmpty() ? null : endpoint(setting);
  }

  private long number(Setting setting, long min, long max) throws ConfigException {
    long value;
    try {
      value = Long.parseLong(required(setting));
    } catch (NumberFormatException e) {
      throw wrong(setting, "is no whole number");
    }
    if (value < min || value > max) {
      throw wrong(setting, "is not between " + min + " and " + max);
    }
    return value;
  }

  private long bytes(Setting setting, long min, long max) throws ConfigException {
    Matcher matcher = BYTES.matcher(required(setting));
    if (!matcher.matches()) {
      throw wrong(setting, "is no size such as 64MiB");
    }
    long unit =
        switch (matcher.group(2)) {
          case "KiB" -> KIB;
          case "MiB" -> MIB;
          case "GiB" -> GIB;
          case "TiB" -> GIB * KIB;
          default -> 1;
        };
    long value = Long.parseLong(matcher.group(1));
    if (value < (min + unit - 1) / unit || value > max / unit) {
      throw wrong(setting, "is not between " + min + " and " + max + " bytes");
    }
    return value * unit;
  }

  private String required(Setting setting) throws ConfigException {
    String text = text(setting);
    if (text.isEmpty()) {
      throw new ConfigException(setting.key() + " is not set (" + setting.description() + ")");
    }
    return text;
  }

  private String text(Setting setting) {
    String value = config.getConfigValue(setting.key()).getValue();
    return value == null ? "" : value.strip();
  }

  private ConfigException wrong(Setting setting, String problem) {
    ConfigValue value = config.getConfigValue(setting.key());
    String source = String.valueOf(value.getSourceName());
    Matcher wrapped = WRAPPED_NAME.matcher(source);
    return new ConfigException(
        ConfigLoader.oneLine(
            (setting.key() + " = " + value.getValue())
                + (" in " + (wrapped.matches() ? wrapped.group(1) : source) + " " + problem)));
  }
}
