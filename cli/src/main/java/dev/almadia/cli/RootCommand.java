// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The root of the command's tree. */
@Command(
    name = "almadia",
    description = "Almadia: an event-streaming broker, and the command to run and use it.",
    footerHeading = "Examples:%n",
    footer = {
      "  almadia demo                                  three brokers, a kill, nothing lost",
      "  almadia topics create orders --partitions 6",
      "  echo hello | almadia produce orders",
      "  almadia consume orders --offset start --until-end",
      "  almadia cluster health",
      ""
    },
    synopsisSubcommandLabel = "COMMAND",
    versionProvider = VersionCommand.Provider.class,
    commandListHeading = "%nCommands:%n",
    optionListHeading = "%nOptions:%n",
    subcommands = {
      DemoCommand.class,
      ServerCommand.class,
      ProduceCommand.class,
      ConsumeCommand.class,
      TopicsCommand.class,
      PartitionsCommand.class,
      ProducersCommand.class,
      ClusterCommand.class,
      BrokersCommand.class,
      OperationsCommand.class,
      TopCommand.class,
      DoctorCommand.class,
      BenchCommand.class,
      SimulateCommand.class,
      ExplainCommand.class,
      CompletionCommand.class,
      VersionCommand.class
    })
@SuppressWarnings("unused") // Fields are read by picocli.
final class RootCommand {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help")
  private boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the version")
  private boolean version;
}
