// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import dev.almadia.client.AlmadiaClient;
import dev.almadia.client.HostAndPort;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options that every command has. Filled in by picocli. */
final class GlobalOptions {
  /** Form of the output. */
  enum Format {
    table,
    json,
    jsonl,
    yaml
  }

  /** When to use colours and signs. */
  enum Color {
    auto,
    always,
    never
  }

  private static final Duration TIMEOUT_DEFAULT = Duration.ofSeconds(5);

  @Option(
      names = "--server",
      paramLabel = "HOST:PORT[,...]",
      defaultValue = "${env:ALMADIA_SERVER:-127.0.0.1:9400}",
      description =
          "Brokers to ask; any will do, the next is used when one fails"
              + " (env ALMADIA_SERVER; default 127.0.0.1:9400)")
  String server = "127.0.0.1:9400";

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "table, json, jsonl or yaml; JSON is that of the API")
  @Nullable Format output;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      converter = Units.TimeConverter.class,
      description = "Longest wait for an answer, such as 500ms, 10s, 2m (default 5s)")
  @Nullable Duration timeout;

  @Option(
      names = {"-v", "--verbose"},
      description = "With an error, show all that the server said")
  boolean verbose;

  @Option(names = "--color", paramLabel = "WHEN", description = "auto, always or never")
  Color color = Color.auto;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help")
  boolean help;

  /** The form asked for, table if none. */
  Format format() {
    return output == null ? Format.table : output;
  }

  /** The timeout asked for, 5 s if none. */
  Duration timeoutOrDefault() {
    return timeoutOr(TIMEOUT_DEFAULT);
  }

  /** The timeout asked for, or another default. */
  Duration timeoutOr(Duration other) {
    return timeout == null ? other : timeout;
  }

  /** The brokers to ask. */
  List<HostAndPort> addresses() {
    try {
      return HostAndPort.parseList(server);
    } catch (IllegalArgumentException e) {
      throw CliException.usage("--server: " + e.getMessage());
    }
  }

  /** A client with the timeout asked for. */
  AlmadiaClient connect() {
    return connect(timeoutOrDefault());
  }

  /** A client with its own timeout. */
  AlmadiaClient connect(Duration callTimeout) {
    try {
      return AlmadiaClient.connect(addresses(), callTimeout);
    } catch (IllegalArgumentException e) {
      throw CliException.usage(String.valueOf(e.getMessage()));
    }
  }
}
