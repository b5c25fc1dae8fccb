// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Times and sizes as people write them. */
final class Units {
  private static final Pattern TIME = Pattern.compile("([0-9]{1,12})(ms|s|m|h|d)");
  private static final Pattern SIZE = Pattern.compile("([0-9]{1,12})(B|KiB|MiB|GiB|kB|MB|GB)?");

  private Units() {}

  /**
   * Reads {@code 500ms}, {@code 10s}, {@code 5m}, {@code 2h}, {@code 7d}.
   *
   * @throws IllegalArgumentException with one line
   */
  static Duration time(String text) {
    Matcher m = TIME.matcher(text);
    if (!m.matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' is no time; write a number and ms, s, m, h or d, such as 10s");
    }
    long number = Long.parseLong(m.group(1));
    return switch (m.group(2)) {
      case "ms" -> Duration.ofMillis(number);
      case "s" -> Duration.ofSeconds(number);
      case "m" -> Duration.ofMinutes(number);
      case "h" -> Duration.ofHours(number);
      default -> Duration.ofDays(number);
    };
  }

  /**
   * Reads {@code 1000}, {@code 64KiB}, {@code 1GiB}, {@code 5MB}.
   *
   * @throws IllegalArgumentException with one line
   */
  static long size(String text) {
    Matcher m = SIZE.matcher(text);
    if (!m.matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' is no size; write bytes, or a number and KiB, MiB or GiB");
    }
    long number = Long.parseLong(m.group(1));
    String unit = m.group(2) == null ? "B" : m.group(2);
    return switch (unit) {
      case "KiB" -> Math.multiplyExact(number, 1L << 10);
      case "MiB" -> Math.multiplyExact(number, 1L << 20);
      case "GiB" -> Math.multiplyExact(number, 1L << 30);
      case "kB" -> Math.multiplyExact(number, 1_000L);
      case "MB" -> Math.multiplyExact(number, 1_000_000L);
      case "GB" -> Math.multiplyExact(number, 1_000_000_000L);
      default -> number;
    };
  }

  /** Bytes for people. */
  static String bytes(long bytes) {
    return bytes((double) bytes);
  }

  /** Bytes for people. */
  static String bytes(double bytes) {
    String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
    int unit = 0;
    double number = bytes;
    while (number >= 1024 && unit < units.length - 1) {
      number /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", number, units[unit]);
  }

  /** A whole number with commas. */
  static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /** A number of records, such as {@code 1 record} or {@code 5,000 records}. */
  static String records(long number) {
    return count(number) + (number == 1 ? " record" : " records");
  }

  /** A length of time, such as {@code 40 s} or {@code 3 m 20 s}. */
  static String seconds(long seconds) {
    if (seconds < 60) {
      return seconds + " s";
    }
    if (seconds < 3_600) {
      return seconds / 60 + " m " + seconds % 60 + " s";
    }
    return Units.count(seconds / 3_600) + " h " + seconds % 3_600 / 60 + " m";
  }

  /** A moment in RFC 3339, {@code -} for 0. */
  static String instant(long epochMs) {
    return epochMs == 0 ? "-" : Instant.ofEpochMilli(epochMs).toString();
  }

  /** For options that take a time. */
  static final class TimeConverter implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String value) {
      try {
        return time(value);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(String.valueOf(e.getMessage()));
      }
    }
  }

  /** For options that take a size. */
  static final class SizeConverter implements ITypeConverter<Long> {
    @Override
    public Long convert(String value) {
      try {
        return size(value);
      } catch (IllegalArgumentException | ArithmeticException e) {
        throw new TypeConversionException(String.valueOf(e.getMessage()));
      }
    }
  }
}
