// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.run;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Finds the shortest fault schedule with which a seed still breaks the same promise: drops all
 * faults, then halves, quarters and so on down to single ones, and keeps what is needed (delta
 * debugging: Zeller, Hildebrandt, IEEE TSE 2002). What is found cannot be shortened by one more
 * fault; a shorter one of quite other faults may exist.
 *
 * <p>Single ones are tried until a whole round of them drops nothing, because a fault may become
 * needless only when another is gone. Late faults go first: most of them come after the violation.
 */
public final class Shrinker {
  private final SeedRunner runner;
  private final int runsMax;
  private final long nanosMax;

  /**
   * A shrinker.
   *
   * @param runsMax runs it may make; the last one, for the trace, comes on top
   * @param nanosMax real time after which it begins no more runs
   */
  public Shrinker(SeedRunner runner, int runsMax, long nanosMax) {
    this.runner = runner;
    this.runsMax = runsMax;
    this.nanosMax = nanosMax;
  }

  /**
   * Shrinks, then runs the shortest once more for its last events.
   *
   * @param failing must be a violation
   * @param linesMax how many of the last events are wanted
   */
  public Shrunk shrink(Failure failing, int linesMax) {
    RunResult result = failing.result();
    Violation violation = failing.violation();
    if (result == null || violation == null) {
      throw new IllegalArgumentException("no violation at seed " + failing.spec().seed());
    }
    Attempt attempt = new Attempt(failing.spec(), violation, result.plan().size());
    boolean isShortest = attempt.shorten();
    RunSpec shortest = attempt.without(attempt.kept).withTrace(true);
    LastLines last = new LastLines(linesMax);
    RunResult shown = runner.run(shortest, last);
    return new Shrunk(shortest, violation, shown, last.lines(), attempt.runs, isShortest);
  }

  /** One shrinking. */
  private final class Attempt {
    private final RunSpec spec;
    private final Violation violation;
    private final int planned;
    private final long startNanos = System.nanoTime();
    private List<Integer> kept = new ArrayList<>();
    private int runs;

    Attempt(RunSpec spec, Violation violation, int planned) {
      this.spec = spec;
      this.violation = violation;
      this.planned = planned;
      for (int number = 0; number < planned; number++) {
        if (!spec.droppedFaults().contains(number)) {
          kept.add(number);
        }
      }
    }

    /** Whether it came to its end. */
    boolean shorten() {
      int size = kept.size();
      while (size > 0) {
        int before = kept.size();
        for (int to = before; to > 0; to -= size) {
          if (runs >= runsMax || System.nanoTime() - startNanos >= nanosMax) {
            return false;
          }
          tryWithout(Math.max(0, to - size), to);
        }
        boolean isRoundInVain = kept.size() == before;
        size = size > 1 ? size / 2 : isRoundInVain ? 0 : 1;
      }
      return true;
    }

    private void tryWithout(int from, int to) {
      List<Integer> fewer = new ArrayList<>(kept.subList(0, from));
      fewer.addAll(kept.subList(to, kept.size()));
      runs++;
      if (isSame(without(fewer))) {
        kept = fewer;
      }
    }

    RunSpec without(List<Integer> keep) {
      Set<Integer> dropped = new TreeSet<>();
      for (int number = 0; number < planned; number++) {
        dropped.add(number);
      }
      keep.forEach(dropped::remove);
      return spec.withDroppedFaults(dropped);
    }

    private boolean isSame(RunSpec candidate) {
      try {
        Violation other = runner.run(candidate, null).violation();
        return other != null && violation.isSameAs(other);
      } catch (RuntimeException e) {
        // A defect of the simulator is not what is looked for here.
        return false;
      }
    }
  }
}
