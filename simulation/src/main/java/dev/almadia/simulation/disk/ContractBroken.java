// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.disk;

/**
 * The user of a store did what no user may do, such as leaving a gap in a log. Always a defect of
 * the code above the store; never caused by a fault. An error and not an exception, so that nothing
 * takes it for a failure of the disk; {@link SimDisk#contractBroken} has it too.
 */
public final class ContractBroken extends Error {
  private static final long serialVersionUID = 1L;

  ContractBroken(String what) {
    super("contract of the store broken: " + what);
  }

  static void check(boolean holds, long groupId, String rule) {
    if (!holds) {
      throw new ContractBroken("group " + groupId + ": " + rule);
    }
  }
}
