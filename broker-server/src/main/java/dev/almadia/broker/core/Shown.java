// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core;

/**
 * Text of callers, made safe for messages, metadata of errors and logs: control characters and
 * whatever a terminal could act on are escaped, and it is cut, because errors travel in gRPC
 * trailers, which may have 8 KiB in all (attacks 6 and 16 of reliability.md).
 */
public final class Shown {
  /** Longest text that is shown whole, in characters. */
  public static final int CHARS_MAX = 220;

  private Shown() {}

  /** The text, printable and at most about {@link #CHARS_MAX} characters long. */
  public static String of(String text) {
    StringBuilder shown = new StringBuilder(Math.min(text.length(), CHARS_MAX) + 16);
    int at = 0;
    while (at < text.length() && shown.length() < CHARS_MAX) {
      char c = text.charAt(at++);
      if (c >= ' ' && c <= '~' && c != '\\') {
        shown.append(c);
      } else {
        shown.append("\\u").append(hex4(c));
      }
    }
    if (at < text.length()) {
      shown.append("... (").append(text.length()).append(" characters)");
    }
    return shown.toString();
  }

  private static String hex4(char c) {
    String hex = Integer.toHexString(c);
    return "0".repeat(4 - hex.length()) + hex;
  }
}
