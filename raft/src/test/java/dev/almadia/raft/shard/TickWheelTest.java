// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TickWheelTest {
  private final TickWheel wheel = new TickWheel();
  private final List<Long> woken = new ArrayList<>();

  @Test
  void wakesEachAtItsTickAndOnce() {
    wheel.wakeAt(wheel.within(3), woken::add);
    wheel.wakeAt(wheel.within(5), woken::add);
    wheel.wakeAt(wheel.within(3), woken::add);

    wheel.advance(2);
    assertThat(woken).isEmpty();
    wheel.advance(1);
    assertThat(woken).containsExactly(3L, 3L);
    wheel.advance(1000);
    assertThat(woken).containsExactly(3L, 3L, 5L);
  }

  @Test
  void manyTicksAtOnceWakeInOrder() {
    wheel.wakeAt(wheel.within(9), woken::add);
    wheel.wakeAt(wheel.within(2), woken::add);

    wheel.advance(10);

    assertThat(woken).containsExactly(2L, 9L);
    assertThat(wheel.now()).isEqualTo(10);
  }

  @Test
  void whatIsPastComesNextAndWhatIsTooFarComesAtTheEndOfTheWheel() {
    wheel.advance(1000);

    assertThat(wheel.within(7)).isEqualTo(1001);
    assertThat(wheel.within(1000)).isEqualTo(1001);
    assertThat(wheel.within(1050)).isEqualTo(1050);
    assertThat(wheel.within(1_000_000)).isEqualTo(1000 + TickWheel.AHEAD_MAX);
  }

  @Test
  void whoAsksAgainWhileWokenIsWokenAgain() {
    TickWheel.Sleeper twice =
        tick -> {
          woken.add(tick);
          if (tick == 1) {
            wheel.wakeAt(wheel.within(tick + TickWheel.AHEAD_MAX), woken::add);
          }
        };
    wheel.wakeAt(wheel.within(1), twice);

    wheel.advance(127);
    assertThat(woken).containsExactly(1L);
    wheel.advance(1);
    assertThat(woken).containsExactly(1L, 128L);
  }
}
