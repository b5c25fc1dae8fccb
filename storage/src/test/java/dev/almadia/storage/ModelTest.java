// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.storage.testing.WorkloadRun;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random rounds beside a plain model; after each restart, kill and power loss both agree. */
class ModelTest {
  private static final int ROUNDS = 400;

  @TempDir Path temp;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 5})
  void agreesWithAPlainModel(long seed) {
    StoreOptions options =
        StoreOptions.small()
            .withMemtableBytes(256 << 10)
            .withMarkRounds(7)
            .withRecycledWalFiles(seed == 5 ? 2 : 0);
    int lost = WorkloadRun.run(new RocksUnderTest(temp, options), seed, ROUNDS);
    assertThat(lost).isPositive();
  }
}
