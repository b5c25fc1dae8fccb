// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.run;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/** Reads a trace and keeps its end. One thread. */
final class LastLines implements Consumer<String> {
  private final int linesMax;
  private final Deque<String> lines = new ArrayDeque<>();

  LastLines(int linesMax) {
    this.linesMax = linesMax;
  }

  @Override
  public void accept(String line) {
    if (linesMax == 0) {
      return;
    }
    if (lines.size() == linesMax) {
      lines.removeFirst();
    }
    lines.addLast(line);
  }

  /** Oldest first. */
  List<String> lines() {
    return new ArrayList<>(lines);
  }
}
