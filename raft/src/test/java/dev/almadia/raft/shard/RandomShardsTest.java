// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole brokers under random faults; a failure names its seed. */
class RandomShardsTest {
  /** More for a long search: -Dalmadia.shards.seeds=1000. */
  private static final int SEEDS = Integer.getInteger("almadia.shards.seeds", 20);

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatIsAcknowledgedStays(boolean synced) {
    long acknowledged = 0;
    long cut = 0;
    long restores = 0;
    for (long seed = 1; seed <= SEEDS; seed++) {
      RandomShards run = new RandomShards(seed, synced);
      try {
        run.faults(6_000);
        run.heal();
        run.check();
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed + ", synced " + synced + ": " + e.getMessage(), e);
      }
      acknowledged += run.acknowledged();
      cut += run.entriesCut();
      restores += run.restores();
    }
    assertThat(acknowledged).as("the faults leave something to check").isGreaterThan(100L * SEEDS);
    assertThat(cut).isGreaterThan(50L * SEEDS);
    assertThat(restores).isGreaterThan(SEEDS);
  }
}
