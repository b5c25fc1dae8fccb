// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import java.util.Locale;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
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
  private final Work work;
  private final long startNanos = System.nanoTime();
  private final @Nullable ProgressBar bar;
  private long nextLineNanos = startNanos + LINE_NANOS;

  /**
   * What is being done.
   *
   * @param task its name
   * @param total units to come, -1 if not known
   * @param unit what is counted, in the plural
   * @param done how many are done; any thread may change it
   * @param more what else there is to say; may be empty
   */
  record Work(String task, long total, String unit, LongSupplier done, Supplier<String> more) {}

  /**
   * A display for records.
   *
   * @param total records to come, -1 if not known
   * @param records how many are done; any thread may change it
   */
  Progress(
      Console console, GlobalOptions.Color color, String task, long total, LongSupplier records) {
    this(console, color, new Work(task, total, "records", records, () -> ""));
  }

  /** A display for anything. */
  Progress(Console console, GlobalOptions.Color color, Work work) {
    this.console = console;
    this.work = work;
    this.bar =
        console.errIsTerminal()
            ? new ProgressBarBuilder()
                .setTaskName(work.task())
                .setInitialMax(work.total())
                .setUnit(" " + work.unit(), 1)
                .setUpdateIntervalMillis(200)
                .showSpeed()
                .setStyle(
                    console.mayDecorate(color)
                        ? ProgressBarStyle.COLORFUL_UNICODE_BLOCK
                        : ProgressBarStyle.ASCII)
                // With a width of our own: asked for it, the library takes the signals of the
                // terminal, and then Ctrl-C kills the process before it can say a last word.
                .setConsumer(
                    new ConsoleProgressBarConsumer(console.err(), Stty.size().columns() - 1))
                .build()
            : null;
  }

  /** To be called now and then. */
  void update() {
    if (bar != null) {
      var unused = bar.stepTo(work.done().getAsLong());
      var unusedToo = bar.setExtraMessage(work.more().get());
      return;
    }
    long now = System.nanoTime();
    if (now - nextLineNanos >= 0) {
      nextLineNanos = now + LINE_NANOS;
      double seconds = (now - startNanos) / 1e9;
      console.say(
          String.format(
              Locale.ROOT,
              "%s: %s %s, %.0f s, %s/s%s",
              work.task(),
              Units.count(work.done().getAsLong()),
              work.unit(),
              seconds,
              rate(work.done().getAsLong() / seconds),
              work.more().get()));
    }
  }

  private static String rate(double perSecond) {
    return perSecond < 10
        ? String.format(Locale.ROOT, "%.1f", perSecond)
        : Units.count((long) perSecond);
  }

  @Override
  public void close() {
    if (bar != null) {
      var unused = bar.stepTo(work.done().getAsLong());
      bar.close();
    }
  }
}
