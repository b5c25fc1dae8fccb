// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import dev.almadia.broker.server.Broker;
import dev.almadia.broker.server.StartupException;
import dev.almadia.broker.server.config.BrokerConfig;
import dev.almadia.broker.server.config.ConfigException;
import dev.almadia.broker.server.config.ConfigLoader;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs a broker until it is stopped. */
@Command(
    name = "server",
    description = {
      "Run a broker until it is stopped (SIGTERM hands its leaders over first).",
      "Settings: flag, then environment ALMADIA_..., then --config file, then default."
    },
    footerHeading = "Examples:%n",
    footer = {
      "  almadia server --broker-id 1 --data data/1 --initial-brokers 1=127.0.0.1:9401",
      "  almadia server --broker-id 4 --data data/4 --listen 127.0.0.1:9430"
          + " --internal-listen 127.0.0.1:9431 --http-listen off --join 127.0.0.1:9401 --zone b",
      "  almadia server --config conf/almadia.yaml --set election-timeout-ms=2000",
      ""
    })
@SuppressWarnings({"NullAway.Init", "unused"}) // Filled in by picocli.
final class ServerCommand implements Callable<Integer> {
  private final Console console;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help")
  private boolean help;

  @Option(names = "--config", paramLabel = "FILE", description = "YAML file with settings")
  private @Nullable Path file;

  @Option(names = "--broker-id", paramLabel = "N", description = "Id in the cluster, above 0")
  private @Nullable String brokerId;

  @Option(names = "--data", paramLabel = "DIR", description = "Data directory")
  private @Nullable String data;

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      description = "Public gRPC address (default 127.0.0.1:9400)")
  private @Nullable String listen;

  @Option(
      names = "--internal-listen",
      paramLabel = "HOST:PORT",
      description = "gRPC address for the other brokers (default 127.0.0.1:9401)")
  private @Nullable String internalListen;

  @Option(
      names = "--http-listen",
      paramLabel = "HOST:PORT",
      description = "HTTP address for metrics and health, or off (default 127.0.0.1:9402)")
  private @Nullable String httpListen;

  @Option(
      names = "--advertise",
      paramLabel = "HOST:PORT",
      description = "Public address told to clients (default: --listen)")
  private @Nullable String advertise;

  @Option(
      names = "--internal-advertise",
      paramLabel = "HOST:PORT",
      description = "Address told to brokers (default: --internal-listen)")
  private @Nullable String internalAdvertise;

  @Option(
      names = "--initial-brokers",
      paramLabel = "ID=HOST:PORT,...",
      description = "Internal addresses of the brokers that form the cluster; the same on all")
  private @Nullable String initialBrokers;

  @Option(
      names = "--join",
      paramLabel = "HOST:PORT,...",
      description = "Instead: internal addresses of brokers of the cluster to join")
  private @Nullable String join;

  @Option(
      names = "--zone",
      paramLabel = "NAME",
      description = "Rack or the like; replicas of a partition are spread over zones")
  private @Nullable String zone;

  @Option(names = "--log-format", paramLabel = "FORMAT", description = "text or json")
  private @Nullable String logFormat;

  @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Any other setting")
  private Map<String, String> settings = new LinkedHashMap<>();

  ServerCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws InterruptedException {
    BrokerConfig config;
    try {
      config = ConfigLoader.load(file, overrides());
    } catch (ConfigException e) {
      throw CliException.usage(String.valueOf(e.getMessage()));
    }
    Broker broker;
    try {
      broker = Broker.start(config);
    } catch (StartupException e) {
      throw new CliException(ExitCode.FAILED, String.valueOf(e.getMessage()));
    }
    Thread stopper = new Thread(broker::stop, "almadia-stop");
    Runtime.getRuntime().addShutdownHook(stopper);
    console.say(
        "almadia: broker "
            + config.brokerId()
            + " serves clients at port "
            + broker.publicPort()
            + ", brokers at "
            + broker.internalPort()
            + (broker.httpPort() == 0 ? "" : ", metrics and health at " + broker.httpPort()));
    broker.awaitStop();
    return ExitCode.OK;
  }

  private Map<String, String> overrides() {
    Map<String, String> overrides = new LinkedHashMap<>(settings);
    put(overrides, "broker-id", brokerId);
    put(overrides, "data", data);
    put(overrides, "listen", listen);
    put(overrides, "internal-listen", internalListen);
    put(overrides, "http-listen", httpListen);
    put(overrides, "advertise", advertise);
    put(overrides, "internal-advertise", internalAdvertise);
    put(overrides, "initial-brokers", initialBrokers);
    put(overrides, "join", join);
    put(overrides, "zone", zone);
    put(overrides, "log-format", logFormat);
    return overrides;
  }

  private static void put(Map<String, String> into, String key, @Nullable String value) {
    if (value != null) {
      into.put(key, value);
    }
  }
}
