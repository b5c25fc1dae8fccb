// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

/** Ends the command with one line for the user and an exit code. */
final class CliException extends RuntimeException {
  private final int exitCode;

  CliException(int exitCode, String line) {
    super(line);
    this.exitCode = exitCode;
  }

  /** A wrong value on the command line. */
  static CliException usage(String line) {
    return new CliException(ExitCode.USAGE, line);
  }

  int exitCode() {
    return exitCode;
  }

  /** The line for the user. */
  String line() {
    return String.valueOf(getMessage());
  }
}
