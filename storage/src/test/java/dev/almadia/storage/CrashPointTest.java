// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that ends before or after any durable step leaves what it must. */
class CrashPointTest {
  /** More of them: {@code -Dalmadia.crash.seeds=20}; each ends at other times. */
  private static final int SEEDS = Integer.getInteger("almadia.crash.seeds", 1);

  @TempDir Path temp;

  @Test
  void whatWasWrittenIsThereWhereverTheProcessEnds() throws Exception {
    for (long seed = 1; seed <= SEEDS; seed++) {
      Map<String, Integer> counts = CrashRun.count(temp, seed);
      assertThat(counts).hasSize(2 * DurableStep.values().length);
      assertThat(counts.values()).as("points that are never reached: %s", counts).doesNotContain(0);
      for (Map.Entry<String, Integer> point : counts.entrySet()) {
        CrashRun.at(point.getKey(), point.getValue(), seed, temp);
      }
    }
  }
}
