// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import picocli.CommandLine.Option;

/** Options of every command that changes something. Filled in by picocli. */
final class PlanOptions {
  @Option(names = "--dry-run", description = "Check and print the plan; change nothing")
  boolean dryRun;
}
