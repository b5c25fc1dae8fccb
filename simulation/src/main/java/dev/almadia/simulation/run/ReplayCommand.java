// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.run;

/** The one line that runs something again. */
public final class ReplayCommand {
  private ReplayCommand() {}

  /** The line, to be pasted into a shell. */
  public static String of(RunSpec spec) {
    StringBuilder line = new StringBuilder("almadia simulate --replay ").append(spec.seed());
    if (!spec.scenario().equals(RunSpec.MIX)) {
      line.append(" --scenario ").append(spec.scenario());
    }
    if (!spec.faultKinds().isEmpty()) {
      line.append(" --faults ").append(String.join(",", spec.faultKinds()));
    }
    if (!spec.droppedFaults().isEmpty()) {
      line.append(" --without ").append(FaultNumbers.text(spec.droppedFaults()));
    }
    return line.toString();
  }
}
