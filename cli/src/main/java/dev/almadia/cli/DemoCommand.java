// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows on one machine, in one process, what the product promises. */
@Command(
    name = "demo",
    description = {
      "Start three brokers in this process, take in a file of events, kill the broker that leads"
          + " most partitions in the middle, and check that nothing is lost.",
      "Then the cluster stays up for you to try; Ctrl-C ends it. Exit code 0 only if all was"
          + " verified."
    },
    footerHeading = "Examples:%n",
    footer = {
      "  almadia demo",
      "  almadia demo --once              ends by itself; for scripts",
      "  almadia demo --dir /tmp/demo     keeps its data there",
      ""
    })
@SuppressWarnings({"NullAway.Init", "unused"}) // Filled in by picocli.
final class DemoCommand implements Callable<Integer> {
  private static final int EVENTS_MAX = 1_000_000;

  private final Console console;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help")
  private boolean help;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "New or empty directory for the data (default: a temporary one, deleted)")
  private @Nullable Path directory;

  @Option(names = "--once", description = "End when all is shown")
  private boolean once;

  @Option(names = "--events", paramLabel = "N", description = "Events to produce (default 5000)")
  private int events = 5_000;

  @Option(names = "--color", paramLabel = "WHEN", description = "auto, always or never")
  private GlobalOptions.Color color = GlobalOptions.Color.auto;

  DemoCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (events < 10 || events > EVENTS_MAX) {
      throw CliException.usage("--events must be from 10 to " + EVENTS_MAX);
    }
    List<RecordJson.Parsed> lines = load();
    Path wanted = directory;
    boolean isTemporary = wanted == null;
    Path data = wanted == null ? Files.createTempDirectory("almadia-demo-") : prepare(wanted);
    logTo(data);
    DemoCluster cluster = new DemoCluster(data);
    // Ctrl-C must not leave half a directory or a port behind.
    Thread cleaner =
        new Thread(
            () -> {
              cluster.stop();
              if (isTemporary) {
                delete(data);
              }
            },
            "almadia-demo-end");
    Runtime.getRuntime().addShutdownHook(cleaner);
    DemoRun run = new DemoRun(console, console.mayDecorate(color), cluster, data);
    boolean isVerified = run.show(lines.stream().map(RecordJson.Parsed::record).toList());
    if (!isVerified) {
      return ExitCode.FAILED;
    }
    if (!once) {
      run.invite();
      new CountDownLatch(1).await();
    }
    return ExitCode.OK;
  }

  private static Path prepare(Path wanted) throws IOException {
    Files.createDirectories(wanted);
    try (Stream<Path> files = Files.list(wanted)) {
      if (files.findAny().isPresent()) {
        throw new CliException(
            ExitCode.PRECONDITION,
            "directory '" + wanted + "' is not empty; name a new one or leave --dir out");
      }
    }
    return wanted.toAbsolutePath();
  }

  /** The brokers' logs go to a file: three of them at once are no reading matter. */
  private static void logTo(Path data) {
    System.setProperty("almadia.demo.log", data.resolve("demo.log").toString());
    System.setProperty("log4j2.configurationFile", "classpath:almadia-demo-log4j2.xml");
  }

  private List<RecordJson.Parsed> load() throws IOException {
    List<RecordJson.Parsed> shipped = new ArrayList<>();
    try (InputStream in = DemoCommand.class.getResourceAsStream("demo/orders.jsonl")) {
      if (in == null) {
        throw new CliException(ExitCode.FAILED, "the file of events is not in this build");
      }
      BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        shipped.add(RecordJson.parse(line));
      }
    } catch (RecordJson.BadLine e) {
      throw new CliException(ExitCode.FAILED, "the file of events is damaged: " + e.getMessage());
    }
    List<RecordJson.Parsed> wanted = new ArrayList<>();
    for (int i = 0; i < events; i++) {
      wanted.add(shipped.get(i % shipped.size()));
    }
    return wanted;
  }

  private static void delete(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
    } catch (IOException e) {
      // A temporary directory that stays behind is no reason to fail.
      return;
    }
  }
}
