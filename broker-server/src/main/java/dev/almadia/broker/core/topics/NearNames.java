// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.topics;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Finds the name that somebody may have meant. */
public final class NearNames {
  /** Names looked at, so that a wrong name costs little in a cluster of very many. */
  static final int NAMES_MAX = 10_000;

  /** Typing errors forgiven: transposed, missing, additional or wrong characters. */
  static final int DISTANCE_MAX = 3;

  private NearNames() {}

  /** The nearest of the candidates, the first of equals; null if none is near. */
  public static @Nullable String nearest(String name, Iterable<String> candidates) {
    String wanted = name.toLowerCase(Locale.ROOT);
    int limit = Math.min(DISTANCE_MAX, Math.max(1, wanted.length() / 3));
    String best = null;
    int seen = 0;
    for (String candidate : candidates) {
      if (seen++ == NAMES_MAX || limit < 0) {
        break;
      }
      int distance = distance(wanted, candidate.toLowerCase(Locale.ROOT), limit);
      if (distance <= limit) {
        best = candidate;
        limit = distance - 1;
      }
    }
    return best;
  }

  /**
   * Optimal string alignment distance, or {@code limit + 1} if it is above the limit. Only a band
   * of 2 limit + 1 cells of each row is computed: a cell further from the diagonal is above it.
   */
  static int distance(String a, String b, int limit) {
    if (Math.abs(a.length() - b.length()) > limit) {
      return limit + 1;
    }
    int columns = b.length() + 1;
    int[] beforeLast = new int[columns];
    int[] last = new int[columns];
    int[] row = new int[columns];
    for (int j = 0; j < columns; j++) {
      last[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      java.util.Arrays.fill(row, limit + 1);
      row[0] = i;
      int rowBest = i;
      for (int j = Math.max(1, i - limit); j <= Math.min(b.length(), i + limit); j++) {
        int cost = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        int cell = Math.min(Math.min(row[j - 1], last[j]) + 1, last[j - 1] + cost);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          cell = Math.min(cell, beforeLast[j - 2] + 1);
        }
        row[j] = cell;
        rowBest = Math.min(rowBest, cell);
      }
      if (rowBest > limit) {
        return limit + 1;
      }
      int[] spare = beforeLast;
      beforeLast = last;
      last = row;
      row = spare;
    }
    return Math.min(last[b.length()], limit + 1);
  }
}
