// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage.testing;

import dev.almadia.raft.store.LogStore;
import dev.almadia.raft.store.WriteRound;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * The contract of a log store: random rounds with restarts, kills and power losses in between;
 * whatever happens, the store holds what the plain model says it must or may hold.
 */
public final class WorkloadRun {
  private final StoreUnderTest tested;
  private final Random random;
  private final Workload workload;

  /**
   * What the store may hold after a power loss: as of the last synced round, and each one since.
   */
  private final List<PlainLogs> possible = new ArrayList<>();

  private LogStore store;
  private int powerLosses;
  private int roundsLost;

  private WorkloadRun(StoreUnderTest tested, long seed) {
    this.tested = tested;
    this.random = new Random(seed + 1);
    this.workload = new Workload(seed);
    possible.add(workload.logs().copy());
    store = tested.open();
  }

  /**
   * Runs it and checks.
   *
   * @return rounds that power losses took
   */
  public static int run(StoreUnderTest tested, long seed, int rounds) {
    WorkloadRun run = new WorkloadRun(tested, seed);
    // Long ones go on until the power has gone at least once.
    for (int round = 0; round < rounds || (rounds >= 400 && run.powerLosses == 0); round++) {
      run.step();
    }
    run.store.close();
    return run.roundsLost;
  }

  private void step() {
    WriteRound round = workload.next();
    store.write(round);
    if (round.sync()) {
      possible.clear();
      tested.onSynced(store);
    }
    possible.add(workload.logs().copy());
    if (random.nextInt(10) == 0) {
      workload.logs().compare(store, random);
    }
    switch (random.nextInt(60)) {
      case 0 -> {
        store.close();
        reopen();
      }
      case 1 -> {
        tested.kill(store);
        reopen();
      }
      case 2 -> {
        tested.losePower(store, random);
        store = tested.open();
        findWhatIsLeft();
        reopened();
      }
      default -> {}
    }
  }

  private void reopen() {
    store = tested.open();
    reopened();
  }

  private void reopened() {
    workload.restarted();
    // Opening makes safe what is there.
    possible.clear();
    possible.add(workload.logs().copy());
    workload.logs().compare(store, random);
  }

  private void findWhatIsLeft() {
    powerLosses++;
    String found = PlainLogs.fingerprintOf(store);
    for (int kept = possible.size() - 1; kept >= 0; kept--) {
      if (possible.get(kept).fingerprint().equals(found)) {
        roundsLost += possible.size() - 1 - kept;
        workload.continueFrom(possible.get(kept));
        return;
      }
    }
    throw new AssertionError(
        "after a power loss there is what no number of rounds gives: " + found);
  }
}
