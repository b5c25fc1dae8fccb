// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.mutants;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The bugs that can be planted: one file each in {@code src/test/mutants}, which is what {@code git
 * diff} prints with three lines in front of it.
 *
 * <pre>
 * breaks: followers answer before their disk has it
 * classes: 1, 4
 * guarantee: G1
 * --- a/raft/src/main/java/dev/almadia/raft/...
 * +++ b/raft/src/main/java/dev/almadia/raft/...
 * &#64;&#64; line numbers here are not looked at
 *  a line that stays
 * -a line that goes
 * +a line that comes
 * </pre>
 */
final class Catalogue {
  private static final String ENDING = ".diff";

  private Catalogue() {}

  /** All of them, by name. */
  static List<Mutant> all() {
    Path folder = Repository.root().resolve("simulation/src/test/mutants");
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.toString().endsWith(ENDING))
          .sorted()
          .map(Catalogue::read)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One of them. */
  static Mutant named(String name) {
    return all().stream()
        .filter(mutant -> mutant.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no planted bug is called " + name));
  }

  private static Mutant read(Path file) {
    String fileName = file.getFileName().toString();
    String name = fileName.substring(0, fileName.length() - ENDING.length());
    return parse(name, Repository.lines(file));
  }

  /** Reads a file's lines. */
  static Mutant parse(String name, List<String> lines) {
    Map<String, String> head = new TreeMap<>();
    List<SourceChange> changes = new ArrayList<>();
    String file = "";
    int at = 0;
    while (at < lines.size()) {
      String line = lines.get(at++);
      if (line.startsWith("+++ b/")) {
        file = line.substring("+++ b/".length());
      } else if (line.startsWith("@@")) {
        int end = endOfHunk(lines, at);
        changes.add(change(file, lines.subList(at, end)));
        at = end;
      } else if (file.isEmpty() && line.matches("[a-z]+: .*")) {
        int colon = line.indexOf(':');
        head.put(line.substring(0, colon), line.substring(colon + 1).strip());
      }
    }
    return new Mutant(
        name,
        field(name, head, "breaks"),
        field(name, head, "classes"),
        field(name, head, "guarantee"),
        changes);
  }

  private static String field(String name, Map<String, String> head, String key) {
    String value = head.get(key);
    if (value == null) {
      throw new IllegalStateException(name + " has no line '" + key + ": ...'");
    }
    return value;
  }

  private static int endOfHunk(List<String> lines, int from) {
    int at = from;
    while (at < lines.size() && !lines.get(at).matches("(@@|diff |--- a/).*")) {
      at++;
    }
    return at;
  }

  private static SourceChange change(String file, List<String> hunk) {
    List<String> before = new ArrayList<>();
    List<String> after = new ArrayList<>();
    for (String line : hunk) {
      // Editors take the blank off an empty line.
      char sign = line.isEmpty() ? ' ' : line.charAt(0);
      String text = line.isEmpty() ? "" : line.substring(1);
      if (sign != '+') {
        before.add(text);
      }
      if (sign != '-') {
        after.add(text);
      }
    }
    return new SourceChange(file, before, after);
  }
}
