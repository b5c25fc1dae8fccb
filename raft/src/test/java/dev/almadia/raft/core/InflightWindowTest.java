// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.Random;
import org.junit.jupiter.api.Test;

class InflightWindowTest {
  private record Sent(long lastIndex, long bytes) {}

  @Test
  void agreesWithAPlainQueue() {
    Random random = new Random(3);
    for (int round = 0; round < 200; round++) {
      int messagesMax = 1 + random.nextInt(40);
      long bytesMax = 1 + random.nextInt(2000);
      InflightWindow window = new InflightWindow(messagesMax, bytesMax);
      ArrayDeque<Sent> twin = new ArrayDeque<>();
      long next = 0;
      for (int step = 0; step < 200; step++) {
        long bytes = twin.stream().mapToLong(Sent::bytes).sum();
        assertThat(window.messages()).isEqualTo(twin.size());
        assertThat(window.bytes()).isEqualTo(bytes);
        assertThat(window.isEmpty()).isEqualTo(twin.isEmpty());
        assertThat(window.isFull()).isEqualTo(twin.size() >= messagesMax || bytes >= bytesMax);
        if (random.nextInt(50) == 0) {
          window.clear();
          twin.clear();
        } else if (random.nextInt(3) == 0) {
          long upTo = next - random.nextInt(5);
          boolean freed = twin.removeIf(sent -> sent.lastIndex() <= upTo);
          assertThat(window.freeTo(upTo)).isEqualTo(freed);
        } else if (!window.isFull()) {
          next += 1 + random.nextInt(3);
          long size = random.nextInt(300);
          window.add(next, size);
          twin.add(new Sent(next, size));
        }
      }
    }
  }

  @Test
  void refusesWhatDoesNotFit() {
    InflightWindow window = new InflightWindow(1, 100);
    window.add(1, 1000);

    assertThatThrownBy(() -> window.add(2, 1)).isInstanceOf(InvariantViolation.class);
  }
}
