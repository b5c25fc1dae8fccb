// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Scripted runs whose whole course is written down, see {@link Transcript}. With {@code
 * -Dtranscripts.update} the files are rewritten; read the difference before it is committed.
 */
class TranscriptTest {
  private static final Path SCRIPTS = Path.of("src/test/resources/raft");

  static List<String> scripts() throws IOException {
    try (Stream<Path> files = Files.list(SCRIPTS)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("scripts")
  void runsAsWrittenDown(String script) throws IOException {
    Path file = SCRIPTS.resolve(script);
    List<String> expected = Files.readAllLines(file);

    List<String> actual = Transcript.run(expected);

    if (System.getProperty("transcripts.update") != null) {
      Files.write(file, actual);
    } else {
      assertThat(String.join("\n", actual)).isEqualTo(String.join("\n", expected));
    }
  }
}
