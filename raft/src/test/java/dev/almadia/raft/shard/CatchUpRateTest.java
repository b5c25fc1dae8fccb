// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class CatchUpRateTest {
  private static final long MILLI = 1_000_000;

  /** System.nanoTime starts anywhere. */
  private static final long START = -7_000 * MILLI;

  private final CatchUpRate rate = new CatchUpRate();

  @Test
  void isUnlimitedAtFirst() {
    assertThat(rate.take(START, Long.MAX_VALUE)).isZero();
    assertThat(rate.take(START, Long.MAX_VALUE)).isZero();
  }

  @Test
  void refusesWhenItIsUsedUpAndAllowsAgainWithTime() {
    rate.set(1_000_000, START);

    assertThat(rate.take(START, 100_000)).isEqualTo(100 * MILLI);
    assertThat(rate.take(START, 1)).isEqualTo(CatchUpRate.REFUSED);
    assertThat(rate.take(START + 49 * MILLI, 1)).isEqualTo(CatchUpRate.REFUSED);
    assertThat(rate.take(START + 50 * MILLI, 10_000)).isEqualTo(10 * MILLI);
  }

  @Test
  void whatWasNotUsedDoesNotAddUp() {
    rate.set(1_000_000, START);

    long later = START + 60_000 * MILLI;
    assertThat(rate.take(later, 100_000)).isPositive();
    assertThat(rate.take(later, 1)).isEqualTo(CatchUpRate.REFUSED);
  }

  @Test
  void whatALoadDidNotBringIsThereForOthers() {
    rate.set(1_000_000, START);
    long taken = rate.take(START, 1_000_000);

    rate.giveBack(taken, 0.01);

    assertThat(rate.take(START, 1)).isPositive();
  }

  @Test
  void aLoadBegunUnderAnotherRateGivesBackNoMoreThanItTook() {
    long taken = rate.take(START, 1_000_000);
    rate.set(1, START);
    rate.giveBack(taken, 0);

    assertThat(rate.take(START, 1)).isPositive();
    assertThat(rate.take(START, 1)).isEqualTo(CatchUpRate.REFUSED);
  }

  @Test
  void refusesARateOfNothing() {
    assertThatThrownBy(() -> rate.set(0, START)).isInstanceOf(IllegalArgumentException.class);
  }
}
