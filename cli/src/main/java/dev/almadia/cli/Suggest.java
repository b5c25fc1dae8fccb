// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import java.util.Collection;
import java.util.Optional;

/** Finds what somebody may have meant. */
final class Suggest {
  private Suggest() {}

  /** The nearest name, if it is near: at most a third of its letters differ, at least one may. */
  static Optional<String> near(String typed, Collection<String> names) {
    String best = null;
    int bestDistance = Integer.MAX_VALUE;
    for (String name : names) {
      int distance =
          distance(
              typed.toLowerCase(java.util.Locale.ROOT), name.toLowerCase(java.util.Locale.ROOT));
      if (distance < bestDistance) {
        best = name;
        bestDistance = distance;
      }
    }
    boolean isNear = best != null && bestDistance <= Math.max(1, best.length() / 3);
    return isNear ? Optional.ofNullable(best) : Optional.empty();
  }

  /** Edit distance in which two swapped letters count as one edit. */
  static int distance(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        d[i][j] = Math.min(Math.min(d[i - 1][j] + 1, d[i][j - 1] + 1), d[i - 1][j - 1] + change);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
