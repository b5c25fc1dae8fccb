// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.mutants;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The catalogue of planted bugs. */
class MutantsTest {
  private static final MutantCompiler COMPILER = new MutantCompiler();
  private static final int MUTANTS_MIN = 28;

  static List<Mutant> all() {
    return Catalogue.all();
  }

  @Test
  void thereAreEnough() {
    assertThat(all()).hasSizeGreaterThanOrEqualTo(MUTANTS_MIN);
  }

  /** Lines that are gone, or code that no longer compiles with them: the catalogue must follow. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("all")
  void everyMutantStillApplies(Mutant mutant) throws ClassNotFoundException {
    Map<String, byte[]> changed = COMPILER.compile(mutant);
    MutantLoader loader = new MutantLoader(changed);
    for (String name : changed.keySet()) {
      assertThat(Class.forName(name, false, loader).getDeclaredMethods()).isNotNull();
    }
    assertThat(changed).isNotEmpty();
    assertThat(mutant.guarantee()).matches("G1?[0-9]");
  }
}
