// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A seed is the same run in every process: fresh JVMs differ in the salt of immutable sets, in
 * identity hashes and in where things are; JDKs differ in their libraries.
 *
 * <p>{@code -Dalmadia.jvm.seeds=1..6} says which seeds, {@code -Dalmadia.newer.jdk=DIR} names a JDK
 * that is not where they usually are.
 */
class SameOnEveryJvmTest {
  private static final int JAVA_MIN = 17;
  private static final String SEEDS = System.getProperty("almadia.jvm.seeds", "1..6");

  @TempDir Path folder;

  /** A JVM that replays the seeds. */
  private final class Replayer {
    private final Jdks.Jdk jdk;
    private final Path out;
    private final Path err;
    private final Process process;

    Replayer(String name, Jdks.Jdk jdk) throws IOException {
      this.jdk = jdk;
      out = folder.resolve(name + ".out");
      err = folder.resolve(name + ".err");
      process =
          new ProcessBuilder(
                  jdk.java().toString(),
                  "-Xmx1g",
                  "-XX:+UseSerialGC",
                  "-cp",
                  System.getProperty("java.class.path"),
                  ReplayDigests.class.getName(),
                  SEEDS)
              .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
    }

    List<String> lines() throws Exception {
      boolean isOver = process.waitFor(10, TimeUnit.MINUTES);
      if (!isOver) {
        process.destroyForcibly();
      }
      assertThat(isOver && process.exitValue() == 0)
          .as("Java %d ends well; it said: %s", jdk.version(), Files.readString(err))
          .isTrue();
      return Files.readAllLines(out);
    }
  }

  @Test
  void twoProcessesReplaySeedsByteForByte() throws Exception {
    assertSame(Jdks.own(), Jdks.own());
  }

  @Test
  void otherJdksReplaySeedsByteForByte() throws Exception {
    List<Jdks.Jdk> others =
        Jdks.others().stream().filter(jdk -> jdk.version() >= JAVA_MIN).toList();
    if (others.isEmpty()) {
      String line =
          "no JDK but "
              + Jdks.own().version()
              + " was found, so replays were compared on that one only; looked at "
              + Jdks.searched();
      System.out.println(line);
      assumeTrue(false, line);
    }
    // The newest, and the oldest that we support if this is not it.
    assertSame(Jdks.own(), others.get(0));
    Jdks.Jdk oldest = others.get(others.size() - 1);
    if (others.size() > 1 && oldest.version() < Jdks.own().version()) {
      assertSame(Jdks.own(), oldest);
    }
  }

  private void assertSame(Jdks.Jdk one, Jdks.Jdk other) throws Exception {
    Replayer first = new Replayer("first-" + other.version(), one);
    Replayer second = new Replayer("second-" + other.version(), other);
    List<String> lines = first.lines();
    assertThat(lines).hasSize((int) SeedRange.parse(SEEDS, SeedRange::freshBase).count());
    assertThat(second.lines())
        .as(
            "Java %d in %s and Java %d in %s; compare: almadia simulate --replay SEED --trace FILE",
            one.version(), one.home(), other.version(), other.home())
        .isEqualTo(lines);
    System.out.println(
        "seeds " + SEEDS + " are the same on Java " + one.version() + " and " + other.version());
  }

  @Test
  void findsJdksByTheirReleaseFile() throws Exception {
    Path newer = jdk("newer", "99.0.1");
    Path same = jdk("same", Runtime.version().feature() + ".0.1");
    Path empty = Files.createDirectory(folder.resolve("empty"));
    List<Jdks.Jdk> found =
        Jdks.of(
            List.of(empty, same, newer, jdk("twin", "99"), folder.resolve("none"), jdk("b", "")));
    assertThat(found).containsExactly(new Jdks.Jdk(newer, 99));
  }

  private Path jdk(String name, String version) throws IOException {
    Path home = folder.resolve(name);
    Path java = Files.createDirectories(home.resolve("bin")).resolve("java");
    Files.createFile(java);
    assertThat(java.toFile().setExecutable(true)).isTrue();
    Files.writeString(home.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    return home;
  }
}
