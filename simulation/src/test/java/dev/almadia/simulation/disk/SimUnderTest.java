// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.disk;

import dev.almadia.raft.store.LogStore;
import dev.almadia.simulation.kernel.SimRandom;
import dev.almadia.storage.testing.StoreUnderTest;
import java.util.Random;

/** The simulated disk, for the tests that every store has to pass. */
record SimUnderTest(SimDisk disk) implements StoreUnderTest {
  static SimUnderTest of(long seed) {
    return new SimUnderTest(new SimDisk(new SimRandom(seed), 1L << 40));
  }

  @Override
  public LogStore open() {
    return disk.open();
  }

  @Override
  public void kill(LogStore store) {
    disk.processEnds();
  }

  @Override
  public void losePower(LogStore store, Random random) {
    disk.powerLoss();
  }
}
