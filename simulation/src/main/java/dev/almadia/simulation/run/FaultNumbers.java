// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.run;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Numbers of faults as text: {@code 3,7..9}. */
public final class FaultNumbers {
  private static final Pattern PART = Pattern.compile("([0-9]{1,6})(?:\\.\\.([0-9]{1,6}))?");

  private FaultNumbers() {}

  /**
   * Reads a list of numbers and ranges.
   *
   * @throws IllegalArgumentException with one line
   */
  public static SortedSet<Integer> parse(String text) {
    SortedSet<Integer> numbers = new TreeSet<>();
    for (String part : text.split(",", -1)) {
      Matcher m = PART.matcher(part);
      if (!m.matches()) {
        throw new IllegalArgumentException(
            "'" + text + "' names no faults; write their numbers, such as 3,7..9");
      }
      int first = Integer.parseInt(m.group(1));
      int last = m.group(2) == null ? first : Integer.parseInt(m.group(2));
      for (int number = first; number <= last; number++) {
        numbers.add(number);
      }
    }
    return numbers;
  }

  /** As {@link #parse} reads it; three and more that follow each other as a range. */
  public static String text(Collection<Integer> numbers) {
    List<Integer> sorted = new ArrayList<>(new TreeSet<>(numbers));
    List<String> parts = new ArrayList<>();
    for (int from = 0; from < sorted.size(); ) {
      int to = from;
      while (to + 1 < sorted.size() && sorted.get(to + 1) == sorted.get(to) + 1) {
        to++;
      }
      if (to - from >= 2) {
        parts.add(sorted.get(from) + ".." + sorted.get(to));
        from = to + 1;
      } else {
        parts.add(String.valueOf(sorted.get(from)));
        from++;
      }
    }
    return String.join(",", parts);
  }
}
