// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.run;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The whole cluster in one thread. Not there yet. */
public final class Simulator implements SeedRunner {
  @Override
  public RunResult run(RunSpec spec, @Nullable Consumer<String> traceReader) {
    throw new UnsupportedOperationException("there is no simulated cluster yet");
  }
}
