// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

/** What the command's exit code says. Part of its contract: never change a number. */
final class ExitCode {
  static final int OK = 0;
  static final int FAILED = 1;
  static final int USAGE = 2;
  static final int NOT_FOUND = 3;

  /** Conflict, or something else has to be true first. */
  static final int PRECONDITION = 4;

  static final int AUTH = 5;

  /** Unavailable or timed out, and nothing was done: safe to run again. */
  static final int UNAVAILABLE = 6;

  static final int PARTLY_DONE = 7;
  static final int OUTCOME_UNKNOWN = 8;
  static final int UNHEALTHY = 10;

  /** What was to be proved is neither proved nor disproved. */
  static final int PROVES_NOTHING = 11;

  private ExitCode() {}
}
