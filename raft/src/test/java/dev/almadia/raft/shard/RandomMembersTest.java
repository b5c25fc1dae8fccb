// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Groups that move among brokers under random faults; a failure names its seed. */
class RandomMembersTest {
  /** More for a long search: -Dalmadia.members.seeds=1000. */
  private static final int SEEDS = Integer.getInteger("almadia.members.seeds", 20);

  private static final long FIRST_SEED = Long.getLong("almadia.members.first", 1);

  @Test
  void groupsComeToTheirTargetsAndNothingAcknowledgedIsLost() {
    long acknowledged = 0;
    int moves = 0;
    int lostDisks = 0;
    for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
      RandomMembers run = new RandomMembers(seed);
      try {
        run.faults(8_000);
        run.heal();
        run.check();
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
      }
      acknowledged += run.acknowledged();
      moves += run.moves();
      lostDisks += run.lostDisks();
    }
    assertThat(acknowledged).isGreaterThan(100L * SEEDS);
    assertThat(moves).isGreaterThan(5 * SEEDS);
    assertThat(SEEDS < 20 || lostDisks > 0).isTrue();
  }
}
