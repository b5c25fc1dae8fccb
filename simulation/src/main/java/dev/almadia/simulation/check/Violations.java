// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.check;

import dev.almadia.simulation.kernel.EventLoop;
import dev.almadia.simulation.kernel.Trace;
import dev.almadia.simulation.run.Violation;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the first broken promise of a run. Nothing is thrown: a check may run deep inside a broker,
 * which would take the exception for its own.
 */
public final class Violations {
  private final EventLoop loop;
  private final Trace trace;
  private @Nullable Violation first;

  /** None yet. */
  public Violations(EventLoop loop, Trace trace) {
    this.loop = loop;
    this.trace = trace;
  }

  /** A promise is broken; see {@link Violation}. */
  public void add(String guarantee, String rule, String text) {
    if (first == null) {
      first = new Violation(guarantee, rule, text, loop.nowNanos());
      trace.note(0, "VIOLATION", guarantee + " " + rule + ": " + text);
    }
  }

  /** The first one, null if there is none. */
  public @Nullable Violation first() {
    return first;
  }
}
