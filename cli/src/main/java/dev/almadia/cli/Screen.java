// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The whole terminal as one page that is drawn anew. What was on it comes back when this is closed,
 * also by Ctrl-C. One thread; {@link #close} from any.
 *
 * <p>Keys are read without Enter as far as {@code stty} is there to ask for that; without it only
 * Ctrl-C ends the display.
 */
final class Screen implements AutoCloseable {
  /** Other page, no cursor. */
  static final String ENTER = "\u001b[?1049h\u001b[?25l";

  /** Cursor, first page. */
  static final String LEAVE = "\u001b[?25h\u001b[?1049l";

  private static final String HOME = "\u001b[H";
  private static final String CLEAR_LINE = "\u001b[K";
  private static final String CLEAR_BELOW = "\u001b[J";
  private static final long KEY_POLL_MS = 50;

  private final Console console;
  private final String savedMode;
  private final AtomicBoolean open = new AtomicBoolean(true);
  private final ExitHook restore;

  private Screen(Console console, String savedMode) {
    this.console = console;
    this.savedMode = savedMode;
    this.restore = new ExitHook("almadia-restore-terminal", this::leave);
  }

  /** Takes the terminal. */
  static Screen open(Console console) {
    Screen screen = new Screen(console, console.inIsTerminal() ? Stty.run("-g") : "");
    if (screen.hasKeys()) {
      String unused = Stty.run("-icanon", "-echo", "min", "0", "time", "0");
    }
    PrintStream out = console.out();
    out.print(ENTER);
    boolean unused = console.flush();
    return screen;
  }

  /** Whether keys come without Enter. */
  boolean hasKeys() {
    return !savedMode.isEmpty();
  }

  /**
   * Shows a page. What is too long or too wide is cut.
   *
   * @return false if nobody looks any more
   */
  boolean draw(String page) {
    Stty.Size size = Stty.size();
    StringBuilder text = new StringBuilder(HOME);
    int lines = 0;
    for (String line : page.split("\n", -1)) {
      if (++lines >= size.lines()) {
        break;
      }
      text.append(line, 0, Math.min(line.length(), size.columns()))
          .append(CLEAR_LINE)
          .append("\r\n");
    }
    console.out().print(text.append(CLEAR_BELOW));
    return console.flush();
  }

  /** Waits so long; true at once if q was pressed. */
  boolean awaitQuit(long waitMs) throws InterruptedException, IOException {
    long endNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(waitMs);
    while (System.nanoTime() < endNanos) {
      while (hasKeys() && console.in().available() > 0) {
        int key = console.in().read();
        if (key == 'q' || key == 'Q') {
          return true;
        }
      }
      TimeUnit.MILLISECONDS.sleep(Math.min(KEY_POLL_MS, waitMs));
    }
    return false;
  }

  private void leave() {
    if (!open.compareAndSet(true, false)) {
      return;
    }
    console.out().print(LEAVE);
    boolean unused = console.flush();
    if (hasKeys()) {
      String unusedToo = Stty.run(savedMode);
    }
  }

  @Override
  public void close() {
    leave();
    restore.close();
  }
}
