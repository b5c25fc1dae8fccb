// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.run;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A seed that did not run as it should. Immutable.
 *
 * @param kind what went wrong
 * @param spec what was run
 * @param result of the first run; null if there is none
 * @param details more about it, one line each; empty for a violation, which says all itself
 */
public record Failure(Kind kind, RunSpec spec, @Nullable RunResult result, List<String> details) {
  /** What can go wrong. Only the first is about the product. */
  public enum Kind {
    /** A promise of the product is broken. */
    VIOLATION,
    /** Two runs of the seed differ. */
    NOT_DETERMINISTIC,
    /** The simulator itself threw. */
    DEFECT,
    /** The run takes longer than any should. */
    STUCK
  }

  /** Copies. */
  public Failure {
    details = Collections.unmodifiableList(new ArrayList<>(details));
  }

  /** The broken promise, if it is one. */
  public @Nullable Violation violation() {
    return kind == Kind.VIOLATION && result != null ? result.violation() : null;
  }
}
