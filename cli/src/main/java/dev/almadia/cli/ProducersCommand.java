// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import dev.almadia.client.AlmadiaClient;
import dev.almadia.v1.FenceProducerResponse;
import dev.almadia.v1.GetProducerResponse;
import dev.almadia.v1.ListProducersResponse;
import dev.almadia.v1.ProducerInfo;
import dev.almadia.v1.ProducerPosition;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Commands about producers that name themselves. */
@Command(
    name = "producers",
    description = "Show the producers that a topic knows by name, and end one that must not go on.",
    footerHeading = "Examples:%n",
    footer = {
      "  almadia producers list orders",
      "  almadia producers describe orders orders-writer",
      "  almadia producers fence orders orders-writer",
      ""
    },
    commandListHeading = "%nCommands:%n",
    subcommands = {
      ProducersCommand.ListProducers.class,
      ProducersCommand.Describe.class,
      ProducersCommand.Fence.class
    })
@SuppressWarnings("unused") // Read by picocli.
final class ProducersCommand {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help")
  private boolean help;

  /** Lists producers. */
  @Command(
      name = "list",
      description = {
        "List the producers of a topic, by name.",
        "Names that begin with ~ are of programs that did not choose one; only the newest are kept."
      },
      footerHeading = "Examples:%n",
      footer = {"  almadia producers list orders", "  almadia producers list orders -o jsonl", ""})
  @SuppressWarnings("NullAway.Init") // Filled in by picocli.
  static final class ListProducers implements Callable<Integer> {
    private final Console console;
    @Mixin private GlobalOptions global;

    @Parameters(paramLabel = "TOPIC", description = "Name of the topic")
    private String topic;

    ListProducers(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() {
      try (AlmadiaClient client = global.connect()) {
        List<ProducerInfo> producers = client.admin().listProducers(topic);
        Table table = new Table("PRODUCER", "EPOCH", "PARTITIONS", "LAST APPEND");
        for (ProducerInfo one : producers) {
          table.row(
              one.getProducerId(),
              one.getProducerEpoch(),
              one.getPartitionCount(),
              Units.instant(one.getLastAppendTimeMs()));
        }
        new Output(console, global)
            .list(
                ListProducersResponse.newBuilder().addAllProducers(producers).build(),
                producers,
                table);
        return ExitCode.OK;
      }
    }
  }

  private static Table positions(List<ProducerPosition> positions) {
    Table table = new Table("PARTITION", "EPOCH", "LAST SEQUENCE", "AT OFFSET", "LAST APPEND");
    for (ProducerPosition one : positions) {
      table.row(
          one.getPartition(),
          one.getProducerEpoch(),
          one.getLastSequence(),
          one.getLastOffset() < 0 ? "-" : one.getLastOffset(),
          Units.instant(one.getLastAppendTimeMs()));
    }
    return table;
  }

  /** Describes one producer. */
  @Command(
      name = "describe",
      description = "Show where a producer stands in each partition that knows it.",
      footerHeading = "Examples:%n",
      footer = {
        "  almadia producers describe orders orders-writer",
        "  almadia producers describe orders orders-writer -o json",
        ""
      })
  @SuppressWarnings("NullAway.Init") // Filled in by picocli.
  static final class Describe implements Callable<Integer> {
    private final Console console;
    @Mixin private GlobalOptions global;

    @Parameters(index = "0", paramLabel = "TOPIC", description = "Name of the topic")
    private String topic;

    @Parameters(index = "1", paramLabel = "PRODUCER", description = "Name of the producer")
    private String producer;

    Describe(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() {
      try (AlmadiaClient client = global.connect()) {
        GetProducerResponse found = client.admin().getProducer(topic, producer);
        if (found.getPositionsCount() == 0) {
          throw new CliException(
              ExitCode.FAILED,
              "no partition of topic '"
                  + topic
                  + "' knows a producer '"
                  + producer
                  + "'; see 'almadia producers list "
                  + topic
                  + "'");
        }
        new Output(console, global).one(found, positions(found.getPositionsList()));
        return ExitCode.OK;
      }
    }
  }

  /** Ends what a producer has at work. */
  @Command(
      name = "fence",
      description = {
        "End the instance of a producer that is at work, wherever it is.",
        "What it sends from now on is refused (PRODUCER_FENCED), until the producer is opened again."
      },
      footerHeading = "Examples:%n",
      footer = {
        "  almadia producers fence orders orders-writer",
        "  almadia producers fence orders orders-writer --yes",
        ""
      })
  @SuppressWarnings("NullAway.Init") // Filled in by picocli.
  static final class Fence implements Callable<Integer> {
    private final Console console;
    @Mixin private GlobalOptions global;

    @Parameters(index = "0", paramLabel = "TOPIC", description = "Name of the topic")
    private String topic;

    @Parameters(index = "1", paramLabel = "PRODUCER", description = "Name of the producer")
    private String producer;

    @Option(names = "--yes", description = "Do not ask")
    private boolean yes;

    Fence(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() {
      if (!yes) {
        Confirmation.ask(
            console,
            "This ends producer '" + producer + "' of topic '" + topic + "', if it is at work.",
            producer,
            "fencing producer '" + producer + "' needs --yes");
      }
      try (AlmadiaClient client = global.connect()) {
        FenceProducerResponse fenced = client.admin().fenceProducer(topic, producer);
        new Output(console, global).one(fenced, positions(fenced.getPositionsList()));
        console.say("fenced; epoch " + fenced.getProducerEpoch() + " is nobody's");
        return ExitCode.OK;
      }
    }
  }
}
