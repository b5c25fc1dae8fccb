// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.mutants;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bugs that the simulator finds within its first seeds, so that each build proves that it can. */
class FindsTest {
  private static final int SEEDS_MAX = 20;
  private static final Hunt HUNT = new Hunt(simulator(Map.of()), 1);

  @AfterAll
  static void end() {
    HUNT.close();
  }

  private static LoadedSimulator simulator(Map<String, byte[]> changed) {
    return new LoadedSimulator(LoadedSimulator.ENTRY, "", changed);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ack-before-sync",
        "hard-state-not-synced",
        "vote-majority-off-by-one",
        "commit-quorum-off-by-one",
        "noop-takes-an-offset",
        "slice-keeps-first-offset",
        "metadata-skipped-at-restart",
        "etag-ignored",
        "budget-not-given-back"
      })
  void theSimulatorFindsIt(String name) {
    LoadedSimulator changed = simulator(new MutantCompiler().compile(Catalogue.named(name)));
    Hunt.Found found = HUNT.first(changed, 1, SEEDS_MAX);
    assertThat(found).isNotNull();
    assertThat(found.message()).matches("G[0-9]+ .*");
  }
}
