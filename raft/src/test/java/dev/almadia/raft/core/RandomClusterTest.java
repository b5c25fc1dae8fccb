// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import static org.assertj.core.api.Assertions.fail;

import org.junit.jupiter.api.Test;

/**
 * Seeded search for interleavings that break a promise. A failure names its seed; run that alone
 * with {@code -Draft.seed=N}, and more with {@code -Draft.seeds=N}.
 */
class RandomClusterTest {
  private static final int DEFAULT_SEEDS = 1_500;

  @Test
  void everySeedKeepsThePromisesAndConvergesOnceHealed() {
    Long only = Long.getLong("raft.seed");
    long first = only == null ? Long.getLong("raft.firstSeed", 1) : only;
    long count = only == null ? Long.getLong("raft.seeds", DEFAULT_SEEDS) : 1;
    for (long seed = first; seed < first + count; seed++) {
      RandomCluster cluster = new RandomCluster(seed);
      try {
        cluster.run();
      } catch (RuntimeException | Error failure) {
        fail("seed " + seed + " " + cluster.describe(), failure);
      }
    }
  }
}
