// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import dev.almadia.client.Admin;
import dev.almadia.client.AlmadiaClient;
import dev.almadia.v1.Broker;
import dev.almadia.v1.BrokerState;
import dev.almadia.v1.ListBrokersResponse;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Commands about brokers. */
@Command(
    name = "brokers",
    description = "List, drain and decommission the brokers of the cluster.",
    footerHeading = "Examples:%n",
    footer = {
      "  almadia brokers list",
      "  almadia brokers drain 2 && systemctl restart almadia && almadia brokers undrain 2",
      "  almadia brokers decommission 5 --dry-run",
      ""
    },
    commandListHeading = "%nCommands:%n",
    subcommands = {
      BrokersCommand.ListBrokers.class,
      BrokersCommand.Describe.class,
      BrokerOrders.Drain.class,
      BrokerOrders.Undrain.class,
      BrokerOrders.Decommission.class,
      BrokerOrders.Recommission.class
    })
@SuppressWarnings("unused") // Read by picocli.
final class BrokersCommand {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help")
  private boolean help;

  /** Lists them. */
  @Command(
      name = "list",
      description = "List the brokers: address, zone, state, load.",
      footerHeading = "Examples:%n",
      footer = {"  almadia brokers list", "  almadia brokers list -o jsonl", ""})
  @SuppressWarnings("NullAway.Init") // Filled in by picocli.
  static final class ListBrokers implements Callable<Integer> {
    private final Console console;
    @Mixin private GlobalOptions global;

    ListBrokers(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() {
      try (AlmadiaClient client = global.connect()) {
        List<Broker> brokers = client.admin().listBrokers();
        new Output(console, global)
            .list(
                ListBrokersResponse.newBuilder().addAllBrokers(brokers).build(),
                brokers,
                table(brokers));
        return ExitCode.OK;
      }
    }
  }

  /** Describes one. */
  @Command(
      name = "describe",
      description = "Describe a broker: addresses, what it is to do, what it carries, its disk.",
      footerHeading = "Examples:%n",
      footer = {"  almadia brokers describe 2", "  almadia brokers describe 2 -o yaml", ""})
  @SuppressWarnings("NullAway.Init") // Filled in by picocli.
  static final class Describe implements Callable<Integer> {
    private final Console console;
    @Mixin private GlobalOptions global;

    @Parameters(paramLabel = "BROKER", description = "Its id")
    private int brokerId;

    Describe(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() {
      try (AlmadiaClient client = global.connect()) {
        Broker broker = find(client.admin(), brokerId);
        new Output(console, global).one(broker, fields(broker));
        return ExitCode.OK;
      }
    }
  }

  /**
   * The broker of this id.
   *
   * @throws CliException if there is none
   */
  static Broker find(Admin admin, int brokerId) {
    List<Broker> brokers = admin.listBrokers();
    for (Broker broker : brokers) {
      if (broker.getBrokerId() == brokerId) {
        return broker;
      }
    }
    throw new CliException(
        ExitCode.NOT_FOUND,
        "there is no broker "
            + brokerId
            + "; known are "
            + OperationView.brokers(brokers.stream().map(Broker::getBrokerId).toList())
            + "; reason=BROKER_NOT_FOUND see: almadia explain BROKER_NOT_FOUND");
  }

  /** What it is to do, in lower case; {@code -} if the server does not say. */
  static String state(BrokerState state) {
    return switch (state) {
      case BROKER_STATE_ACTIVE, BROKER_STATE_DRAINING, BROKER_STATE_DECOMMISSIONING ->
          state.name().substring("BROKER_STATE_".length()).toLowerCase(Locale.ROOT);
      case BROKER_STATE_UNSPECIFIED, UNRECOGNIZED -> "-";
    };
  }

  static Table table(List<Broker> brokers) {
    Table table =
        new Table(
            "BROKER",
            "ADDRESS",
            "ZONE",
            "STATE",
            "VERSION",
            "REACHABLE",
            "METADATA",
            "REPLICAS",
            "LEADERS",
            "LEAVING",
            "LOGS",
            "FREE");
    for (Broker broker : brokers) {
      table.row(
          broker.getBrokerId(),
          broker.getEndpoint(),
          orDash(broker.getZone()),
          state(broker.getState()),
          broker.getVersion(),
          broker.getReachable() ? "yes" : "NO",
          broker.getMetadataVoter() ? "voter" : "learner",
          broker.getReplicas(),
          broker.getLeaders(),
          broker.getLeavingReplicas(),
          known(broker.getLogBytes()),
          known(broker.getFreeBytes()));
    }
    return table;
  }

  private static Table fields(Broker broker) {
    return new Table("FIELD", "VALUE")
        .row("broker", broker.getBrokerId())
        .row("state", state(broker.getState()))
        .row("reachable", broker.getReachable() ? "yes" : "NO")
        .row("last heard", Units.instant(broker.getLastHeardMs()))
        .row("zone", orDash(broker.getZone()))
        .row("version", broker.getVersion())
        .row("public address", broker.getEndpoint())
        .row("internal address", broker.getInternalEndpoint())
        .row("http address", orDash(broker.getHttpEndpoint()))
        .row("metadata", broker.getMetadataVoter() ? "voter" : "learner")
        .row("replicas", broker.getReplicas())
        .row("replicas that leave", broker.getLeavingReplicas())
        .row("leaders", broker.getLeaders())
        .row("meant to lead", broker.getPreferredLeaders())
        .row("logs", known(broker.getLogBytes()))
        .row("disk free", disk(broker));
  }

  private static String disk(Broker broker) {
    return broker.getDiskBytes() == 0
        ? known(broker.getFreeBytes())
        : known(broker.getFreeBytes()) + " of " + Units.bytes(broker.getDiskBytes());
  }

  static String orDash(String text) {
    return text.isEmpty() ? "-" : text;
  }

  /** Bytes, {@code -} if the broker did not answer. */
  static String known(long bytes) {
    return bytes == 0 ? "-" : Units.bytes(bytes);
  }
}
