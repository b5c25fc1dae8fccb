// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Where a command reads and writes: data to out, messages to err. One per run.
 *
 * @param in standard input
 * @param out data; buffered, so flush it
 * @param err messages; flushed line by line
 * @param environment environment variables
 * @param inIsTerminal a person types
 * @param outIsTerminal a person reads the data
 * @param errIsTerminal a person reads the messages
 */
record Console(
    InputStream in,
    PrintStream out,
    PrintStream err,
    Map<String, String> environment,
    boolean inIsTerminal,
    boolean outIsTerminal,
    boolean errIsTerminal) {
  private static final int OUT_BUFFER_BYTES = 64 << 10;

  /** The console of this process. */
  static Console ofProcess() {
    PrintStream out =
        new PrintStream(
            new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), OUT_BUFFER_BYTES),
            false,
            StandardCharsets.UTF_8);
    PrintStream err =
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    return new Console(
        new FileInputStream(FileDescriptor.in),
        out,
        err,
        System.getenv(),
        isTerminal(0),
        isTerminal(1),
        isTerminal(2));
  }

  /** Java 17 can only say whether in and out both are terminals, so Linux is asked itself. */
  private static boolean isTerminal(int descriptor) {
    Path link = Path.of("/proc/self/fd/" + descriptor);
    try {
      String target = Files.readSymbolicLink(link).toString();
      return target.startsWith("/dev/pts/") || target.matches("/dev/(tty.*|console)");
    } catch (java.io.IOException | RuntimeException e) {
      // No /proc: without bars and colours everything still works.
      return false;
    }
  }

  /** Whether err may show colours and signs that plain logs would not. */
  boolean mayDecorate(GlobalOptions.Color color) {
    return switch (color) {
      case always -> true;
      case never -> false;
      case auto -> errIsTerminal && environment.getOrDefault("NO_COLOR", "").isEmpty();
    };
  }

  /** A message for people. */
  void say(String line) {
    err.println(line);
  }

  /** Flushes the data. False if nobody reads it any more (a closed pipe): then stop quietly. */
  boolean flush() {
    return !out.checkError();
  }
}
