// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.workload;

/** A client of the workload. It ends by itself when {@link ClientWorld#stop} was called. */
interface WorkloadClient {
  /** Begins. */
  void start();

  /** Called once after {@link ClientWorld#stop}: what has no end of its own is ended. */
  void stop();

  /** Whether nothing is under way. */
  boolean isIdle();
}
