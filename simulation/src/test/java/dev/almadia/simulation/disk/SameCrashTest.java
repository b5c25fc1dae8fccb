// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.disk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.raft.store.WriteRound;
import dev.almadia.storage.CrashRun;
import dev.almadia.storage.testing.PlainLogs;
import dev.almadia.storage.testing.Workload;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Wherever a real process ends, what its store holds then is something that the simulated disk may
 * hold too when a process ends in the same round. Points outside of rounds are in the tests of
 * module storage.
 */
class SameCrashTest {
  private static final int TRIES = 20;

  @TempDir Path temp;

  @Test
  void theSimulatedDiskAllowsWhatTheRealOneLeaves() throws Exception {
    long seed = 3;
    Map<String, Integer> counts = CrashRun.count(temp, seed);
    for (String step : List.of("ROUND_WRITE", "ROUND_SYNC", "ROUND_CUT", "FLUSH")) {
      for (String point : new String[] {step + " before", step + " after"}) {
        CrashRun run = CrashRun.at(point, counts.get(point), seed, temp);
        assertThat(run.startedRound()).as(point).isPositive();
        assertThat(simulated(run)).as(point).contains(run.fingerprint());
      }
    }
  }

  /** All that the simulated disk holds after the same rounds, by chance. */
  private static Set<String> simulated(CrashRun run) {
    Set<String> found = new TreeSet<>();
    for (long chance = 1; chance <= TRIES; chance++) {
      SimUnderTest simulated = SimUnderTest.of(chance);
      SimDisk disk = simulated.disk();
      SimLogStore store = disk.open();
      Workload workload = new Workload(run.seed());
      for (int number = 1; number <= run.doneRound(); number++) {
        WriteRound round = workload.next();
        store.write(round);
      }
      if (run.startedRound() > run.doneRound()) {
        store.writeCutShort(workload.next());
      }
      disk.processEnds();
      found.add(PlainLogs.fingerprintOf(disk.open()));
    }
    return found;
  }
}
