// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Finds the Javas of this machine. */
final class Jdks {
  /** Names one more, from which this is started in preference to others of its version. */
  static final String PROPERTY = "almadia.newer.jdk";

  private static final Pattern VERSION = Pattern.compile("\"?([0-9]+)[^\"]*\"?");

  /**
   * One of them.
   *
   * @param home its directory
   * @param version such as 17
   */
  record Jdk(Path home, int version) {
    Path java() {
      return home.resolve("bin/java");
    }
  }

  private Jdks() {}

  /** The one that runs this. */
  static Jdk own() {
    return new Jdk(Path.of(System.getProperty("java.home")), Runtime.version().feature());
  }

  /**
   * All others that were found, the newest first; one of each version. Looks at the property, at
   * variables such as {@code JAVA_HOME} and {@code JAVA_HOME_25_X64}, and into the directories
   * where packages and tools put them.
   */
  static List<Jdk> others() {
    List<Path> homes = new ArrayList<>();
    Optional.ofNullable(System.getProperty(PROPERTY)).map(Path::of).ifPresent(homes::add);
    new TreeMap<>(System.getenv())
        .forEach(
            (name, value) -> {
              if (name.startsWith("JAVA_HOME") && !value.isEmpty()) {
                homes.add(Path.of(value));
              }
            });
    for (Path place : places()) {
      homes.addAll(children(place));
    }
    return of(homes);
  }

  /** Where to look, for people. */
  static String searched() {
    return "-D" + PROPERTY + ", variables JAVA_HOME*, " + places();
  }

  private static List<Path> places() {
    Path user = Path.of(System.getProperty("user.home"));
    List<Path> places = new ArrayList<>();
    Path beside = Path.of(System.getProperty("java.home")).getParent();
    if (beside != null) {
      places.add(beside);
    }
    places.add(Path.of("/usr/lib/jvm"));
    places.add(user.resolve(".sdkman/candidates/java"));
    places.add(user.resolve(".jdks"));
    return places.stream().distinct().toList();
  }

  private static List<Path> children(Path place) {
    try (Stream<Path> files = Files.list(place)) {
      return files.sorted().toList();
    } catch (IOException e) {
      // Not there.
      return List.of();
    }
  }

  /** Those of these directories that have a Java other than ours. */
  static List<Jdk> of(List<Path> homes) {
    Map<Integer, Jdk> found = new TreeMap<>(Comparator.reverseOrder());
    for (Path home : homes) {
      int version = version(home);
      if (version > 0 && version != own().version()) {
        found.putIfAbsent(version, new Jdk(home, version));
      }
    }
    return new ArrayList<>(found.values());
  }

  /** Its release file says it; 0 if there is no Java. */
  private static int version(Path home) {
    if (!Files.isExecutable(home.resolve("bin/java"))) {
      return 0;
    }
    Properties release = new Properties();
    try (var in = Files.newInputStream(home.resolve("release"))) {
      release.load(in);
    } catch (IOException e) {
      return 0;
    }
    Matcher m = VERSION.matcher(release.getProperty("JAVA_VERSION", ""));
    return m.matches() ? Integer.parseInt(m.group(1)) : 0;
  }
}
