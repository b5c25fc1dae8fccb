// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import dev.almadia.v1.Earliest;
import dev.almadia.v1.Latest;
import dev.almadia.v1.Position;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which records to read: {@code FROM}, {@code FROM:TO} or {@code :TO}, in every partition.
 *
 * <p>FROM and TO are {@code start}, {@code end}, an offset {@code 47}, {@code -100} (that many
 * before the end), {@code +5} (that many after the start), or a time with {@code @}:
 * {@code @2026-09-01}, {@code @2026-09-01T12:00:00Z}, {@code @-1h} (ago), {@code @now}. Within a
 * range of times the second needs no {@code @}. TO is exclusive. A range without TO has no end.
 *
 * @param from where to start
 * @param to where to stop, null if never
 */
record OffsetRange(Point from, @Nullable Point to) {
  /**
   * A place.
   *
   * @param position as the API has it
   * @param shift records to add to the resolved offset, 0 or more
   */
  record Point(Position position, long shift) {}

  private static final String SYNTAX =
      "write start, end, an offset, -N, +N, @TIME, or FROM:TO, such as -100, 47:99, @-1h:now";

  /**
   * Reads a range.
   *
   * @param now what times ago count from
   * @throws CliException with one line
   */
  static OffsetRange parse(String text, Instant now) {
    if (text.startsWith(":")) {
      Point to = point(text.substring(1), now, false).orElseThrow(() -> bad(text));
      return new OffsetRange(start(), to);
    }
    Optional<Point> single = point(text, now, false);
    if (single.isPresent()) {
      return new OffsetRange(single.get(), null);
    }
    // Times have colons too, so each colon is tried as the one between FROM and TO.
    boolean isTime = text.startsWith("@");
    for (int i = text.indexOf(':'); i >= 0; i = text.indexOf(':', i + 1)) {
      Optional<Point> from = point(text.substring(0, i), now, false);
      Optional<Point> to = point(text.substring(i + 1), now, isTime);
      if (from.isPresent() && to.isPresent()) {
        return checked(text, from.get(), to.get());
      }
    }
    throw bad(text);
  }

  private static OffsetRange checked(String text, Point from, Point to) {
    Position a = from.position();
    Position b = to.position();
    boolean backwards =
        (a.hasOffset() && b.hasOffset() && a.getOffset() > b.getOffset())
            || (a.hasTimestampMs()
                && b.hasTimestampMs()
                && a.getTimestampMs() > b.getTimestampMs());
    if (backwards) {
      throw CliException.usage("range '" + Errors.oneLine(text) + "' ends before it starts");
    }
    return new OffsetRange(from, to);
  }

  /** From the first record on, without end. */
  static Point start() {
    return new Point(Position.newBuilder().setEarliest(Earliest.getDefaultInstance()).build(), 0);
  }

  /** Behind the last record. */
  static Point end() {
    return new Point(Position.newBuilder().setLatest(Latest.getDefaultInstance()).build(), 0);
  }

  private static CliException bad(String text) {
    return CliException.usage("range '" + Errors.oneLine(text) + "' is not understood; " + SYNTAX);
  }

  private static Optional<Point> point(String text, Instant now, boolean mayBeTime) {
    if (text.equals("start")) {
      return Optional.of(start());
    }
    if (text.equals("end")) {
      return Optional.of(end());
    }
    if (text.startsWith("@")) {
      return time(text.substring(1), now);
    }
    if (mayBeTime) {
      Optional<Point> time = time(text, now);
      if (time.isPresent()) {
        return time;
      }
    }
    if (!text.matches("[-+]?[0-9]{1,18}")) {
      return Optional.empty();
    }
    long number = Long.parseLong(text.replaceFirst("^[-+]", ""));
    return switch (text.charAt(0)) {
      case '-' -> Optional.of(new Point(Position.newBuilder().setTailRecords(number).build(), 0));
      case '+' -> Optional.of(new Point(start().position(), number));
      default -> Optional.of(new Point(Position.newBuilder().setOffset(number).build(), 0));
    };
  }

  private static Optional<Point> time(String text, Instant now) {
    if (text.equals("now")) {
      // What is there now; a clock ahead of the broker's must not cut off the last records.
      return Optional.of(end());
    }
    try {
      Instant instant;
      if (text.startsWith("-")) {
        instant = now.minus(Units.time(text.substring(1)));
      } else if (text.matches("\\d{4}-\\d{2}-\\d{2}")) {
        instant = LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant();
      } else if (text.matches(".*(Z|[-+]\\d{2}:\\d{2})") && text.contains("T")) {
        instant = java.time.OffsetDateTime.parse(text).toInstant();
      } else {
        instant = LocalDateTime.parse(text).toInstant(ZoneOffset.UTC);
      }
      long ms = instant.toEpochMilli();
      return ms < 0
          ? Optional.empty()
          : Optional.of(new Point(Position.newBuilder().setTimestampMs(ms).build(), 0));
    } catch (DateTimeException | IllegalArgumentException | ArithmeticException e) {
      return Optional.empty();
    }
  }
}
