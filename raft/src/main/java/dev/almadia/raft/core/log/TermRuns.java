// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core.log;

import dev.almadia.raft.core.EntryId;
import dev.almadia.raft.core.Invariant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The term of every entry of a log, as runs: a log has few terms however long it is, so the term of
 * any index, and the place where two logs may agree, are found without the disk.
 *
 * <p>Terms never fall along a log, so both arrays ascend.
 */
public final class TermRuns {
  /** Term of an index that this log cannot know: before its start or behind its end. */
  public static final long UNKNOWN = -1;

  private static final int INITIAL_RUNS = 4;

  private final EntryId prev;
  private long[] startIndexes = new long[INITIAL_RUNS];
  private long[] terms = new long[INITIAL_RUNS];
  private int count;
  private long lastIndex;

  /**
   * Runs as restored.
   *
   * @param prev the entry before the first one
   * @param runs ascending
   * @param lastIndex last index of the last run; prev.index if there is none
   */
  public TermRuns(EntryId prev, List<TermRun> runs, long lastIndex) {
    Invariant.check(lastIndex >= prev.index(), "runs end at {} before {}", lastIndex, prev.index());
    Invariant.check(
        runs.isEmpty() == (lastIndex == prev.index()),
        "{} runs for {} entries",
        runs.size(),
        lastIndex - prev.index());
    this.prev = prev;
    this.lastIndex = prev.index();
    for (TermRun run : runs) {
      Invariant.check(
          count == 0 ? run.startIndex() == prev.index() + 1 : run.startIndex() > lastStart(),
          "run starts at {}, log behind {}",
          run.startIndex(),
          prev.index());
      Invariant.check(
          run.startIndex() <= lastIndex, "run starts at {}, end {}", run.startIndex(), lastIndex);
      Invariant.check(run.term() >= lastTerm(), "term falls to {}", run.term());
      open(run.startIndex(), run.term());
      this.lastIndex = run.startIndex();
    }
    this.lastIndex = lastIndex;
  }

  /** Last index. */
  public long lastIndex() {
    return lastIndex;
  }

  /** Term of the last entry, or of the one before the first. */
  public long lastTerm() {
    return count == 0 ? prev.term() : terms[count - 1];
  }

  /** Term of the entry at this index, the one before the first included; else UNKNOWN. */
  public long termAt(long index) {
    if (index < prev.index() || index > lastIndex) {
      return UNKNOWN;
    }
    return index == prev.index() ? prev.term() : terms[runOf(index)];
  }

  /** Takes the next entry's term. */
  public void append(long term) {
    Invariant.check(term >= lastTerm(), "term {} after {}", term, lastTerm());
    lastIndex++;
    if (count == 0 || terms[count - 1] != term) {
      open(lastIndex, term);
    }
  }

  /** Forgets the entries from this index on. */
  public void truncateFrom(long index) {
    Invariant.check(
        index > prev.index() && index <= lastIndex, "truncation from {} of {}", index, lastIndex);
    while (count > 0 && startIndexes[count - 1] >= index) {
      count--;
    }
    lastIndex = index - 1;
  }

  /**
   * The last place at or before {@code index} where this log can agree with one that has {@code
   * term} there: terms never fall, so everything of a higher term is out. Both sides of a failed
   * append use it, so one round trip skips a whole term of one of them instead of one entry.
   *
   * <pre>
   *   leader   index 1 2 3 4 5 6 7      follower index 1 2 3 4 5 6
   *            term  1 1 1 4 4 5 5               term  1 1 1 2 2 2
   *   append prev (5,7): the follower answers (2,6); the leader finds (1,3) and probes there
   * </pre>
   *
   * @return at least the place before the first entry
   */
  public EntryId lastAtOrBelow(long index, long term) {
    long bound = Math.min(index, lastIndex);
    for (int run = count - 1; run >= 0; run--) {
      if (startIndexes[run] <= bound) {
        if (terms[run] <= term) {
          return new EntryId(terms[run], bound);
        }
        bound = startIndexes[run] - 1;
      }
    }
    return prev;
  }

  /** The runs, for restarts in tests and for dumps. */
  public List<TermRun> toList() {
    List<TermRun> runs = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      runs.add(new TermRun(startIndexes[i], terms[i]));
    }
    return runs;
  }

  private void open(long startIndex, long term) {
    if (count == terms.length) {
      startIndexes = Arrays.copyOf(startIndexes, count * 2);
      terms = Arrays.copyOf(terms, count * 2);
    }
    startIndexes[count] = startIndex;
    terms[count] = term;
    count++;
  }

  private long lastStart() {
    return startIndexes[count - 1];
  }

  private int runOf(long index) {
    int found = Arrays.binarySearch(startIndexes, 0, count, index);
    return found >= 0 ? found : -found - 2;
  }
}
