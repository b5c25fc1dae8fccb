// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

/**
 * Checks that stay on in production. The forms with longs neither box nor build text while the
 * condition holds, so they may stand on hot paths.
 */
public final class Invariant {
  private Invariant() {}

  /** Stops the process with this message unless the condition holds. */
  public static void check(boolean condition, String message) {
    if (!condition) {
      throw new InvariantViolation(message);
    }
  }

  /** Each {@code {}} of the message is replaced by the next argument. */
  public static void check(boolean condition, String message, long first) {
    if (!condition) {
      throw new InvariantViolation(fill(message, first));
    }
  }

  /** Each {@code {}} of the message is replaced by the next argument. */
  public static void check(boolean condition, String message, long first, long second) {
    if (!condition) {
      throw new InvariantViolation(fill(message, first, second));
    }
  }

  /** Each {@code {}} of the message is replaced by the next argument. */
  public static void check(boolean condition, String message, long first, long second, long third) {
    if (!condition) {
      throw new InvariantViolation(fill(message, first, second, third));
    }
  }

  private static String fill(String message, long... arguments) {
    StringBuilder text = new StringBuilder();
    int from = 0;
    for (long argument : arguments) {
      int hole = message.indexOf("{}", from);
      if (hole < 0) {
        break;
      }
      text.append(message, from, hole).append(argument);
      from = hole + 2;
    }
    return text.append(message, from, message.length()).toString();
  }
}
