// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.run;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds where two runs of a spec part. The first trace goes to a temporary file, because it may be
 * longer than memory; the second is compared while it is made.
 */
final class TraceComparison {
  private final BufferedReader first;
  private long lines;
  private @Nullable List<String> difference;

  private TraceComparison(BufferedReader first) {
    this.first = first;
  }

  /** The first difference in words, one line each; says so too if there is none. */
  static List<String> of(SeedRunner runner, RunSpec spec) {
    try {
      Path file = Files.createTempFile("almadia-trace-", ".txt");
      try {
        return compare(runner, spec, file);
      } finally {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot keep a trace", e);
    }
  }

  private static List<String> compare(SeedRunner runner, RunSpec spec, Path file)
      throws IOException {
    try (BufferedWriter out = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
      RunResult unused = runner.run(spec, line -> write(out, line));
    }
    try (BufferedReader in = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      TraceComparison comparison = new TraceComparison(in);
      RunResult unused = runner.run(spec, comparison::compare);
      return comparison.end();
    }
  }

  private static void write(BufferedWriter out, String line) {
    try {
      out.write(line.replace('\n', ' '));
      out.newLine();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void compare(String line) {
    if (difference == null) {
      lines++;
      String earlier = read();
      if (!line.replace('\n', ' ').equals(earlier)) {
        difference = differ(earlier, line);
      }
    }
  }

  private List<String> end() {
    if (difference != null) {
      return difference;
    }
    String earlier = read();
    return earlier == null
        ? List.of("run again with their traces, both were the same: " + lines + " lines")
        : differ(earlier, null);
  }

  private List<String> differ(@Nullable String earlier, @Nullable String later) {
    return List.of(
        "the traces differ from line "
            + (earlier != null && later == null ? lines + 1 : lines)
            + " on",
        "first run:  " + (earlier == null ? "(has ended)" : earlier),
        "second run: " + (later == null ? "(has ended)" : later));
  }

  private @Nullable String read() {
    try {
      return first.readLine();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
