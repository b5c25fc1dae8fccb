// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Lets people type the name of what they are about to destroy. */
final class Confirmation {
  private static final int TYPED_MAX = 1_000;

  private Confirmation() {}

  /**
   * Asks on a terminal.
   *
   * @param warning a sentence about what will happen
   * @param name what has to be typed
   * @param needs the line for a script, which nobody can ask
   * @throws CliException if the name does not match, or nobody can be asked
   */
  static void ask(Console console, String warning, String name, String needs) {
    if (!console.inIsTerminal()) {
      throw CliException.usage(needs);
    }
    console.err().print(warning + " Type " + name + " to go on: ");
    console.err().flush();
    if (!line(console).strip().equals(name)) {
      throw new CliException(
          ExitCode.FAILED, "nothing was done: what was typed is not '" + name + "'");
    }
  }

  private static String line(Console console) {
    StringBuilder typed = new StringBuilder();
    byte[] one = new byte[1];
    try {
      while (typed.length() < TYPED_MAX && console.in().read(one) == 1 && one[0] != '\n') {
        typed.append(new String(one, StandardCharsets.ISO_8859_1));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return typed.toString();
  }
}
