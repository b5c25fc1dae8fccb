// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history.check;

import dev.almadia.history.Call;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The highest offset that some answer had told before a moment. Facts are added first, then asked
 * for with moments that do not go back. One thread.
 */
final class Frontier {
  /** An answer that told of an offset. */
  record Fact(long offset, Call call) {}

  private final List<Fact> facts = new ArrayList<>();
  private boolean sorted;
  private int taken;
  private @Nullable Fact highest;

  void add(long offset, Call call) {
    if (call.completed()) {
      facts.add(new Fact(offset, call));
    }
  }

  /** The highest fact that was complete before this moment; null if none was. */
  @Nullable Fact before(long nanos) {
    if (!sorted) {
      facts.sort(Comparator.comparingLong(fact -> fact.call().completedNanos()));
      sorted = true;
    }
    while (taken < facts.size() && facts.get(taken).call().completedNanos() < nanos) {
      Fact fact = facts.get(taken);
      Fact top = highest;
      if (top == null || fact.offset() > top.offset()) {
        highest = fact;
      }
      taken++;
    }
    return highest;
  }
}
