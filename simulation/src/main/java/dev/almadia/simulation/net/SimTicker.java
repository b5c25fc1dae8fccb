// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.net;

import dev.almadia.simulation.kernel.SimProcess;
import io.grpc.Deadline;

/**
 * The clock of a process as deadlines want it. Deadlines of different tickers cannot be compared,
 * so there is one for each process: {@link SimHost#ticker()}.
 */
public final class SimTicker extends Deadline.Ticker {
  private final SimProcess process;

  SimTicker(SimProcess process) {
    this.process = process;
  }

  @Override
  public long nanoTime() {
    return process.nanoTime();
  }
}
