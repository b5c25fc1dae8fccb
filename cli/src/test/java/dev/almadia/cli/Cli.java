// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs the command in this process against a fake cluster. */
final class Cli {
  private final FakeCluster cluster;

  /** What is typed. */
  String input = "";

  /** Whether a person types it. */
  boolean inIsTerminal;

  /**
   * What came of it.
   *
   * @param exitCode its exit code
   * @param out standard output
   * @param err standard error
   */
  record Run(int exitCode, String out, String err) {
    Run succeeds() {
      assertThat(exitCode).as(err).isZero();
      return this;
    }

    /** One line on standard error, nothing on standard output. */
    void refuses(int code, String... parts) {
      assertThat(exitCode).as(err).isEqualTo(code);
      assertThat(err.lines()).as(err).hasSize(1);
      assertThat(err).startsWith("almadia: ").contains(parts).doesNotContain("Exception");
      assertThat(out).isEmpty();
    }
  }

  Cli(FakeCluster cluster) {
    this.cluster = cluster;
  }

  Run run(String line) {
    List<String> all = new ArrayList<>(List.of(line.split(" +")));
    all.addAll(List.of("--server", cluster.address()));
    return plain(all.toArray(String[]::new));
  }

  Run plain(String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Console console =
        new Console(
            new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
            new PrintStream(out, false, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            Map.of(),
            inIsTerminal,
            false,
            false);
    int exitCode = Main.run(console, args);
    return new Run(
        exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }
}
