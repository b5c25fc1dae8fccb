// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The terminal of this process, by the program {@code stty}; where that is missing, defaults. */
final class Stty {
  private static final Pattern SIZE = Pattern.compile("([1-9][0-9]{0,4}) ([1-9][0-9]{0,4})");
  private static final File TERMINAL = new File("/dev/tty");

  private Stty() {}

  /** How much fits on it. */
  record Size(int lines, int columns) {}

  /** Its size at this moment; 24 lines of 80 if that cannot be told. */
  static Size size() {
    Matcher told = SIZE.matcher(run("size"));
    return told.matches()
        ? new Size(Integer.parseInt(told.group(1)), Integer.parseInt(told.group(2)))
        : new Size(24, 80);
  }

  /** Asks or sets; empty if that does not work. */
  static String run(String... arguments) {
    String[] command = new String[arguments.length + 1];
    command[0] = "stty";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectInput(Redirect.from(TERMINAL))
              .redirectError(Redirect.DISCARD)
              .start();
      String said =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      return process.waitFor() == 0 ? said : "";
    } catch (IOException e) {
      return "";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    }
  }
}
