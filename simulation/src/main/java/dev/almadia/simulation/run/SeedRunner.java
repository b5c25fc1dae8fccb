// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.run;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs one simulation per call, on the calling thread. Any threads at once: calls share nothing
 * that could change a result.
 */
public interface SeedRunner {
  /**
   * One run, to its end or its first violation. The same spec gives the same result and the same
   * lines, in every JVM.
   *
   * @param traceReader gets each line of the trace as it happens; null for speed. Changes nothing
   * @throws RuntimeException only for a defect of the simulator, never for one of what it simulates
   */
  RunResult run(RunSpec spec, @Nullable Consumer<String> traceReader);
}
