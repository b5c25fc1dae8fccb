// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.almadia.raft.core.EntryId;
import dev.almadia.raft.core.InvariantViolation;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Runs against a twin that keeps the term of every entry. */
class TermRunsTest {
  @Test
  void agreesWithOneTermPerEntry() {
    Random random = new Random(7);
    for (int round = 0; round < 300; round++) {
      EntryId prev = random.nextBoolean() ? EntryId.ZERO : new EntryId(3, 20);
      TermRuns runs = new TermRuns(prev, List.of(), prev.index());
      List<Long> twin = new ArrayList<>();
      for (int step = 0; step < 40; step++) {
        if (random.nextInt(4) == 0 && !twin.isEmpty()) {
          int keep = random.nextInt(twin.size());
          runs.truncateFrom(prev.index() + keep + 1);
          twin.subList(keep, twin.size()).clear();
        } else {
          long last = twin.isEmpty() ? Math.max(1, prev.term()) : twin.get(twin.size() - 1);
          long term = last + (random.nextInt(3) == 0 ? 1 + random.nextInt(2) : 0);
          runs.append(term);
          twin.add(term);
        }
        check(prev, runs, twin);
      }
      check(prev, new TermRuns(prev, runs.toList(), runs.lastIndex()), twin);
    }
  }

  @Test
  void refusesTermsThatFall() {
    TermRuns runs = new TermRuns(EntryId.ZERO, List.of(new TermRun(1, 4)), 3);

    assertThatThrownBy(() -> runs.append(3)).isInstanceOf(InvariantViolation.class);
  }

  @Test
  void refusesRunsThatDoNotCoverTheLog() {
    assertThatThrownBy(() -> new TermRuns(EntryId.ZERO, List.of(new TermRun(2, 1)), 3))
        .isInstanceOf(InvariantViolation.class);
    assertThatThrownBy(() -> new TermRuns(EntryId.ZERO, List.of(), 3))
        .isInstanceOf(InvariantViolation.class);
    assertThatThrownBy(
            () -> new TermRuns(EntryId.ZERO, List.of(new TermRun(1, 1), new TermRun(5, 2)), 3))
        .isInstanceOf(InvariantViolation.class);
  }

  private static void check(EntryId prev, TermRuns runs, List<Long> twin) {
    long lastIndex = prev.index() + twin.size();
    assertThat(runs.lastIndex()).isEqualTo(lastIndex);
    for (long index = prev.index() - 2; index <= lastIndex + 2; index++) {
      assertThat(runs.termAt(index)).isEqualTo(termByTwin(prev, twin, index));
    }
    for (long index = prev.index() - 1; index <= lastIndex + 1; index++) {
      for (long term = 0; term < 12; term += 2) {
        assertThat(runs.lastAtOrBelow(index, term)).isEqualTo(placeByTwin(prev, twin, index, term));
      }
    }
  }

  private static long termByTwin(EntryId prev, List<Long> twin, long index) {
    if (index == prev.index()) {
      return prev.term();
    }
    long position = index - prev.index() - 1;
    return position < 0 || position >= twin.size() ? TermRuns.UNKNOWN : twin.get((int) position);
  }

  private static EntryId placeByTwin(EntryId prev, List<Long> twin, long index, long term) {
    for (long at = Math.min(index, prev.index() + twin.size()); at > prev.index(); at--) {
      if (termByTwin(prev, twin, at) <= term) {
        return new EntryId(termByTwin(prev, twin, at), at);
      }
    }
    return prev;
  }
}
