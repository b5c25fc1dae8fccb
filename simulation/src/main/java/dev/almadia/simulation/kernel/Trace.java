// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What happened, one event a line. All of it is hashed (two runs of a seed must agree); the last
 * lines are kept; text is made only when somebody wants to read it.
 *
 * <p>A template has a <code>{}</code> for each of up to four numbers, and an optional text in front
 * of them is given apart: {@code add(1, "group {} appends {}", groupId, index)}.
 */
public final class Trace {
  private static final long PRIME = 0x100000001B3L;
  private static final int NUMBERS = 4;

  private final EventLoop loop;
  private final @Nullable Consumer<String> reader;
  private final String[] templates;
  private final @Nullable String[] texts;
  private final long[] values;
  private long count;
  private long hash = 0xCBF29CE484222325L;

  /**
   * A trace.
   *
   * @param kept how many of the last lines are kept
   * @param reader gets each line at once; null for speed
   */
  public Trace(EventLoop loop, int kept, @Nullable Consumer<String> reader) {
    this.loop = loop;
    this.reader = reader;
    this.templates = new String[kept];
    this.texts = new String[kept];
    this.values = new long[kept * (NUMBERS + 2)];
  }

  /** Something happened on a broker; 0 is the world, negative numbers are clients. */
  public void add(int who, String template) {
    add(who, template, null, 0, 0, 0, 0);
  }

  /** The same with a number. */
  public void add(int who, String template, long a) {
    add(who, template, null, a, 0, 0, 0);
  }

  /** The same with two numbers. */
  public void add(int who, String template, long a, long b) {
    add(who, template, null, a, b, 0, 0);
  }

  /** The same with three numbers. */
  public void add(int who, String template, long a, long b, long c) {
    add(who, template, null, a, b, c, 0);
  }

  /** The same with four numbers. */
  public void add(int who, String template, long a, long b, long c, long d) {
    add(who, template, null, a, b, c, d);
  }

  /** With a text that stands behind the line; for events that are rare, because it costs. */
  public void note(int who, String template, String text) {
    add(who, template, text, 0, 0, 0, 0);
  }

  private void add(
      int who, String template, @Nullable String text, long a, long b, long c, long d) {
    long now = loop.nowNanos();
    hash = (hash ^ now) * PRIME;
    hash = (hash ^ who ^ ((long) template.hashCode() << 8)) * PRIME;
    hash = (hash ^ a) * PRIME;
    hash = (hash ^ b) * PRIME;
    hash = (hash ^ c) * PRIME;
    hash = (hash ^ d) * PRIME;
    if (text != null) {
      hash = (hash ^ text.hashCode()) * PRIME;
    }
    int slot = (int) (count % templates.length);
    templates[slot] = template;
    texts[slot] = text;
    int at = slot * (NUMBERS + 2);
    values[at] = now;
    values[at + 1] = who;
    values[at + 2] = a;
    values[at + 3] = b;
    values[at + 4] = c;
    values[at + 5] = d;
    count++;
    if (reader != null) {
      reader.accept(line(slot));
    }
  }

  /** Events so far. */
  public long count() {
    return count;
  }

  /** Hash of all events so far. */
  public long hash() {
    return hash;
  }

  /** The last lines, oldest first. */
  public List<String> lastLines(int linesMax) {
    List<String> lines = new ArrayList<>();
    long from = Math.max(0, count - Math.min(linesMax, templates.length));
    for (long i = from; i < count; i++) {
      lines.add(line((int) (i % templates.length)));
    }
    return lines;
  }

  private String line(int slot) {
    int at = slot * (NUMBERS + 2);
    long micros = values[at] / 1000;
    long who = values[at + 1];
    StringBuilder line = new StringBuilder();
    line.append(String.format(Locale.ROOT, "%4d.%06d ", micros / 1_000_000, micros % 1_000_000));
    line.append(who == 0 ? "world " : who > 0 ? "b" + who + "    " : "c" + -who + "    ");
    String template = templates[slot];
    int number = 0;
    int from = 0;
    for (int to = template.indexOf("{}"); to >= 0; to = template.indexOf("{}", from)) {
      line.append(template, from, to).append(values[at + 2 + number++]);
      from = to + 2;
    }
    line.append(template, from, template.length());
    String text = texts[slot];
    if (text != null) {
      line.append(' ').append(text);
    }
    return line.toString();
  }
}
