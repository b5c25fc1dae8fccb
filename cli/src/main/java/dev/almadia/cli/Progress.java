// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import java.util.Locale;
import java.util.function.LongSupplier;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * Shows how far a long command is: a bar on a terminal, else a line every ten seconds. On standard
 * error only. One thread.
 */
final class Progress implements AutoCloseable {
  private static final long LINE_NANOS = 10_000_000_000L;

  private final Console console;
  private final String task;
  private final LongSupplier records;
  private final long startNanos = System.nanoTime();
  private final @Nullable ProgressBar bar;
  private long nextLineNanos = startNanos + LINE_NANOS;

  /**
   * A display.
   *
   * @param total records to come, -1 if not known
   * @param records how many are done; any thread may change it
   */
  Progress(
      Console console, GlobalOptions.Color color, String task, long total, LongSupplier records) {
    this.console = console;
    this.task = task;
    this.records = records;
    this.bar =
        console.errIsTerminal()
            ? new ProgressBarBuilder()
                .setTaskName(task)
                .setInitialMax(total)
                .setUnit(" records", 1)
                .setUpdateIntervalMillis(200)
                .showSpeed()
                .setStyle(
                    console.mayDecorate(color)
                        ? ProgressBarStyle.COLORFUL_UNICODE_BLOCK
                        : ProgressBarStyle.ASCII)
                .setConsumer(new ConsoleProgressBarConsumer(console.err()))
                .build()
            : null;
  }

  /** To be called now and then. */
  void update() {
    if (bar != null) {
      var unused = bar.stepTo(records.getAsLong());
      return;
    }
    long now = System.nanoTime();
    if (now - nextLineNanos >= 0) {
      nextLineNanos = now + LINE_NANOS;
      double seconds = (now - startNanos) / 1e9;
      console.say(
          String.format(
              Locale.ROOT,
              "%s: %s records, %.0f s, %s/s",
              task,
              Units.count(records.getAsLong()),
              seconds,
              Units.count((long) (records.getAsLong() / seconds))));
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      var unused = bar.stepTo(records.getAsLong());
      bar.close();
    }
  }
}
