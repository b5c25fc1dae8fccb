// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import dev.almadia.client.Admin;
import dev.almadia.client.AlmadiaClient;
import dev.almadia.client.AlmadiaException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows what brokers and partitions carry, again and again. */
@Command(
    name = "top",
    description = {
      "Show brokers, partitions and their rates, again and again. q or Ctrl-C ends it.",
      "Rates are those between two looks. Where the output is no terminal, each look is printed"
          + " below the last."
    },
    footerHeading = "Examples:%n",
    footer = {
      "  almadia top",
      "  almadia top --interval 5s --sort lag",
      "  almadia top --once -o json",
      ""
    })
@SuppressWarnings("NullAway.Init") // Filled in by picocli.
final class TopCommand implements Callable<Integer> {
  private static final Duration INTERVAL_MIN = Duration.ofMillis(100);
  private static final Duration INTERVAL_MAX = Duration.ofHours(1);

  private final Console console;
  @Mixin private GlobalOptions global;

  @Option(
      names = "--interval",
      paramLabel = "TIME",
      converter = Units.TimeConverter.class,
      description = "Time between two looks, 100ms to 1h (default 2s)")
  private Duration interval = Duration.ofSeconds(2);

  @Option(
      names = "--sort",
      paramLabel = "BY",
      description = "Partitions by rate (default), lag or name")
  private TopView.Order sort = TopView.Order.rate;

  @Option(
      names = "--rows",
      paramLabel = "N",
      description = "Lines in all (default: what fits; 40 without a terminal)")
  private int rows;

  @Option(names = "--once", description = "Print once and end")
  private boolean once;

  TopCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws InterruptedException, IOException {
    if (interval.compareTo(INTERVAL_MIN) < 0 || interval.compareTo(INTERVAL_MAX) > 0) {
      throw CliException.usage("--interval must be from 100ms to 1h");
    }
    boolean isLive =
        console.outIsTerminal() && !once && global.format() == GlobalOptions.Format.table;
    try (AlmadiaClient client = global.connect()) {
      TopSample first = TopSample.take(client.admin());
      return isLive ? live(client.admin(), first) : plain(client.admin(), first);
    }
  }

  private int plain(Admin admin, TopSample first) throws InterruptedException {
    TopSample before = first;
    do {
      TimeUnit.MILLISECONDS.sleep(interval.toMillis());
      TopSample now;
      try {
        now = TopSample.take(admin);
      } catch (AlmadiaException e) {
        if (once) {
          throw e;
        }
        console.say(Errors.line("top", e));
        continue;
      }
      TopView view = new TopView(before, now, sort);
      String text =
          switch (global.format()) {
            case table -> view.text(rows > 0 ? rows : 40) + (once ? "" : "\n");
            case json -> Json.pretty(view.json()) + "\n";
            case jsonl -> Json.compact(view.json()) + "\n";
            case yaml -> "---\n" + Yaml.of(view.json());
          };
      console.out().print(text);
      before = now;
    } while (console.flush() && !once);
    return ExitCode.OK;
  }

  private int live(Admin admin, TopSample first) throws InterruptedException, IOException {
    try (Screen screen = Screen.open(console)) {
      TopSample before = first;
      TopSample now = first;
      @Nullable AlmadiaException failure = null;
      while (true) {
        String keys = screen.hasKeys() ? "   q quits" : "   Ctrl-C quits";
        int lines = rows > 0 ? rows : Stty.size().lines() - 2;
        String page = new TopView(before, now, sort).text(lines).replaceFirst("\n", keys + "\n");
        String trouble = failure == null ? "" : Errors.line("top", failure) + "\n";
        if (!screen.draw(trouble + page) || screen.awaitQuit(interval.toMillis())) {
          return ExitCode.OK;
        }
        try {
          TopSample next = TopSample.take(admin);
          before = now;
          now = next;
          failure = null;
        } catch (AlmadiaException e) {
          failure = e;
        }
      }
    }
  }
}
