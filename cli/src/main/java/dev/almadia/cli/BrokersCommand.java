// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import dev.almadia.client.AlmadiaClient;
import dev.almadia.v1.Broker;
import dev.almadia.v1.ListBrokersResponse;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Commands about brokers. */
@Command(
    name = "brokers",
    description = "List the brokers of the cluster.",
    footerHeading = "Examples:%n",
    footer = {"  almadia brokers list", "  almadia brokers list -o json", ""},
    commandListHeading = "%nCommands:%n",
    subcommands = BrokersCommand.ListBrokers.class)
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
      description = "List the brokers: addresses, version, load.",
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

  static Table table(List<Broker> brokers) {
    Table table =
        new Table(
            "BROKER",
            "ADDRESS",
            "INTERNAL",
            "HTTP",
            "VERSION",
            "REACHABLE",
            "METADATA",
            "REPLICAS",
            "LEADERS");
    for (Broker broker : brokers) {
      table.row(
          broker.getBrokerId(),
          broker.getEndpoint(),
          broker.getInternalEndpoint(),
          broker.getHttpEndpoint(),
          broker.getVersion(),
          broker.getReachable() ? "yes" : "NO",
          broker.getMetadataVoter() ? "voter" : "learner",
          broker.getReplicas(),
          broker.getLeaders());
    }
    return table;
  }
}
