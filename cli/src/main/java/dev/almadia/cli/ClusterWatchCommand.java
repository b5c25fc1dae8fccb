// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import dev.almadia.client.AlmadiaClient;
import dev.almadia.client.ClusterWatch;
import dev.almadia.v1.ClusterEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Follows what happens. */
@Command(
    name = "watch",
    description = {
      "Show what happens in the cluster, one line each, until Ctrl-C: elections, brokers that come"
          + " and go, moves, drains.",
      "It is what one broker learns, in its order; if that broker is lost, the next is watched and"
          + " a line says that there is a gap."
    },
    footerHeading = "Examples:%n",
    footer = {
      "  almadia cluster watch --present",
      "  almadia cluster watch --type LEADER_CHANGED,OPERATION_ENDED -o jsonl",
      ""
    })
@SuppressWarnings("NullAway.Init") // Filled in by picocli.
final class ClusterWatchCommand implements Callable<Integer> {
  private static final Duration POLL = Duration.ofMillis(500);

  private final Console console;
  @Mixin private GlobalOptions global;

  @Option(
      names = "--present",
      description = "Begin with a line for each broker and running operation")
  private boolean present;

  @Option(
      names = "--type",
      split = ",",
      paramLabel = "TYPE",
      description = "Only these, such as LEADER_CHANGED")
  private List<String> types = new ArrayList<>();

  @Option(
      names = {"-n", "--count"},
      paramLabel = "N",
      description = "Stop after so many lines")
  private long count = Long.MAX_VALUE;

  ClusterWatchCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (count < 1) {
      throw CliException.usage("-n must be at least 1");
    }
    List<String> wanted = types.stream().map(type -> type.toUpperCase(Locale.ROOT)).toList();
    long written = 0;
    try (AlmadiaClient client = global.connect();
        ClusterWatch watch = client.admin().watchCluster(present)) {
      while (written < count && !Thread.currentThread().isInterrupted()) {
        ClusterEvent event = watch.poll(POLL);
        if (event == null) {
          continue;
        }
        if (event.getSkipped() > 0) {
          console.say(event.getSkipped() + " events were left out here: too slow a reader");
        }
        boolean isGap = event.getType().equals(ClusterWatch.RESUMED);
        if (wanted.isEmpty() || isGap || wanted.contains(event.getType())) {
          written++;
          console.out().print(text(event));
          if (!console.flush()) {
            return ExitCode.OK;
          }
        }
      }
    }
    return ExitCode.OK;
  }

  private String text(ClusterEvent event) {
    return switch (global.format()) {
      case table ->
          String.format(
              Locale.ROOT,
              "%s  %-18s  %s  %s%n",
              Units.instant(event.getTimeMs()),
              event.getType(),
              event.getResource(),
              Errors.oneLine(event.getText()));
      case json -> Json.pretty(Json.of(event)) + "\n";
      case jsonl -> Json.compact(Json.of(event)) + "\n";
      case yaml -> "---\n" + Yaml.of(Json.of(event));
    };
  }
}
