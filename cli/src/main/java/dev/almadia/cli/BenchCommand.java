// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Commands that measure. */
@Command(
    name = "bench",
    description = "Measure throughput, latency, and gaps; check what a cluster answers under load.",
    footerHeading = "Examples:%n",
    footer = {
      "  almadia bench produce --topic load --create --partitions 16 --duration 10s",
      "  almadia bench gap --topic load --server 127.0.0.1:9400,127.0.0.1:9410",
      "  almadia bench steady --topic load --rate 2000 --duration 1m",
      ""
    },
    commandListHeading = "%nCommands:%n",
    subcommands = {BenchProduceCommand.class, BenchGapCommand.class, BenchSteadyCommand.class})
@SuppressWarnings("unused") // Read by picocli.
final class BenchCommand {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help")
  private boolean help;
}
