// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options of commands that begin an operation. Filled in by picocli. */
final class WaitOptions {
  private static final Duration FOR_EVER = Duration.ofDays(365);

  @Option(
      names = "--wait",
      description =
          "Wait for the end and show progress (default on a terminal); Ctrl-C leaves the operation"
              + " running")
  boolean wait;

  @Option(names = "--no-wait", description = "Begin it and return")
  boolean noWait;

  @Option(
      names = "--wait-at-most",
      paramLabel = "TIME",
      converter = Units.TimeConverter.class,
      description = "Wait, but not longer than this; exit code 7 if it still runs then")
  @Nullable Duration waitAtMost;

  @Option(
      names = "--throttle",
      paramLabel = "SIZE",
      converter = Units.SizeConverter.class,
      description = "Bytes that each broker may copy per second for it, such as 20MiB")
  long throttleBytesPerSecond;

  /** Whether to wait. */
  boolean isWanted(Console console) {
    boolean isAsked = wait || waitAtMost != null;
    if (isAsked && noWait) {
      throw CliException.usage("--no-wait excludes --wait and --wait-at-most");
    }
    return isAsked || (!noWait && console.errIsTerminal());
  }

  /** The longest wait. */
  Duration atMost() {
    return waitAtMost == null ? FOR_EVER : waitAtMost;
  }
}
