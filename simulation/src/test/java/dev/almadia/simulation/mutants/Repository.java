// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.mutants;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The sources that this build was made of. */
final class Repository {
  private Repository() {}

  /** The folder that holds all modules. */
  static Path root() {
    for (@Nullable Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      if (Files.isDirectory(at.resolve("simulation/src/test/mutants"))) {
        return at;
      }
    }
    throw new IllegalStateException("not within the repository: " + Path.of("").toAbsolutePath());
  }

  /** Lines of a file. */
  static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
