// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TickClockTest {
  private static final long MILLI = 1_000_000;
  private final TickClock clock = new TickClock(new RaftTimings(50, 30, 3));

  @Test
  void tellsEachTickOnceAndKeepsThePhase() {
    assertThat(clock.due(1000 * MILLI)).isZero();
    assertThat(clock.due(1049 * MILLI)).isZero();
    assertThat(clock.due(1060 * MILLI)).isEqualTo(1);
    assertThat(clock.due(1099 * MILLI)).isZero();
    assertThat(clock.idleNanos(1099 * MILLI)).isEqualTo(MILLI);
    assertThat(clock.due(1100 * MILLI)).isEqualTo(1);
  }

  @Test
  void afterAStallFewTicksAreDeliveredAndNobodyCampaignsForOneTimeout() {
    clock.due(0);

    int ticks = clock.due(5_000 * MILLI);

    assertThat(ticks).isEqualTo(TickClock.DUE_MAX);
    assertThat(clock.isQuiet()).isTrue();
    assertThat(clock.stalls()).isEqualTo(1);
    for (long millis = 5_050; millis <= 6_450; millis += 50) {
      clock.due(millis * MILLI);
      assertThat(clock.isQuiet()).as("one election timeout is 1500 ms").isTrue();
    }
    clock.due(6_500 * MILLI);
    assertThat(clock.isQuiet()).isFalse();
  }

  @Test
  void aShortHiccupQuietsNobody() {
    clock.due(0);

    assertThat(clock.due(700 * MILLI)).isEqualTo(TickClock.DUE_MAX);

    assertThat(clock.isQuiet()).isFalse();
    assertThat(clock.lateTicks()).isEqualTo(13);
  }

  @Test
  void elapsedTimeIsLaterMinusEarlierAndNeverNegative() {
    assertThat(TickClock.elapsedNanos(3, 10)).isEqualTo(7);
    assertThat(TickClock.elapsedNanos(10, 3)).isZero();
    assertThat(TickClock.elapsedNanos(Long.MAX_VALUE, Long.MIN_VALUE + 1))
        .as("overflow")
        .isEqualTo(2);
  }
}
