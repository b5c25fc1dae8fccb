// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.workload;

/** Lets a client do something again and again, at random moments, until the workload stops. */
final class Pace {
  private final Caller caller;
  private final long pauseMillis;
  private final Runnable step;

  /**
   * A pace.
   *
   * @param pauseMillis from one step to the next, on average; at least 1
   */
  Pace(Caller caller, long pauseMillis, Runnable step) {
    this.caller = caller;
    this.pauseMillis = pauseMillis;
    this.step = step;
  }

  void start() {
    caller.process().afterMillis(caller.random().between(1L, 2 * pauseMillis), this::turn);
  }

  private void turn() {
    if (!caller.world().isStopping()) {
      step.run();
      start();
    }
  }
}
