// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.run;

import java.security.SecureRandom;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Seeds that follow each other. Immutable.
 *
 * @param first the first, not negative
 * @param last the last, included; not below the first
 */
public record SeedRange(long first, long last) {
  private static final Pattern RANGE = Pattern.compile("([0-9]{1,18})(?:\\.\\.([0-9]{1,18}))?");
  private static final Pattern FRESH = Pattern.compile("fresh(?::([0-9]{1,9}))?");
  private static final long FRESH_DEFAULT = 100;
  private static final int FRESH_BITS = 40;

  /** Checks the order. */
  public SeedRange {
    if (first < 0 || last < first) {
      throw new IllegalArgumentException("no seeds from " + first + " to " + last);
    }
  }

  /**
   * Reads {@code 42}, {@code 1..10000}, {@code fresh:300} (so many that nobody has run) and {@code
   * fresh}.
   *
   * @param freshBase gives the first of fresh seeds
   * @throws IllegalArgumentException with one line
   */
  public static SeedRange parse(String text, LongSupplier freshBase) {
    Matcher fresh = FRESH.matcher(text);
    if (fresh.matches()) {
      long count = fresh.group(1) == null ? FRESH_DEFAULT : Long.parseLong(fresh.group(1));
      if (count == 0) {
        throw new IllegalArgumentException("'" + text + "' asks for no seed at all");
      }
      long base = freshBase.getAsLong();
      return new SeedRange(base, base + count - 1);
    }
    Matcher range = RANGE.matcher(text);
    if (!range.matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' names no seeds; write 42, 1..10000 or fresh:300");
    }
    long first = Long.parseLong(range.group(1));
    long last = range.group(2) == null ? first : Long.parseLong(range.group(2));
    if (last < first) {
      throw new IllegalArgumentException("'" + text + "' ends before it begins");
    }
    return new SeedRange(first, last);
  }

  /** A base of fresh seeds, from real chance: each call another one of 10^12. */
  public static long freshBase() {
    return new SecureRandom().nextLong() >>> (Long.SIZE - FRESH_BITS);
  }

  /** How many. */
  public long count() {
    return last - first + 1;
  }

  /** As {@link #parse} reads it. */
  public String text() {
    return first == last ? String.valueOf(first) : first + ".." + last;
  }
}
