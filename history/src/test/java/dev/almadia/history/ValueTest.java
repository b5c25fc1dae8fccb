// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ValueTest {
  private static final Value VALUE = new Value(3, 1L << 40, 17);

  @ParameterizedTest
  @ValueSource(ints = {0, Value.HEADER_BYTES, Value.HEADER_BYTES + 1, 1000})
  void isTheSameAfterDecodingWhateverThePadding(int sizeBytes) {
    byte[] bytes = VALUE.encode(sizeBytes);

    assertThat(bytes).hasSize(Math.max(sizeBytes, Value.HEADER_BYTES));
    assertThat(Value.decode(bytes)).isEqualTo(VALUE);
  }

  @Test
  void isDamagedByAnyFlippedBit() {
    byte[] sound = VALUE.encode(60);

    for (int bit = 0; bit < sound.length * 8; bit++) {
      byte[] flipped = sound.clone();
      flipped[bit / 8] ^= (byte) (1 << (bit % 8));
      assertThat(Value.decode(flipped).damaged()).as("bit %d", bit).isTrue();
    }
  }

  @Test
  void isDamagedByAnyCut() {
    byte[] sound = VALUE.encode(60);

    for (int length = 0; length < sound.length; length++) {
      assertThat(Value.decode(Arrays.copyOf(sound, length)).damaged()).isTrue();
    }
  }

  @Test
  void isDamagedByBytesAfterIt() {
    assertThat(Value.decode(Arrays.copyOf(VALUE.encode(60), 61)).damaged()).isTrue();
  }

  @Test
  void zeroesAreNoValue() {
    assertThat(Value.decode(new byte[60]).damaged()).isTrue();
  }
}
