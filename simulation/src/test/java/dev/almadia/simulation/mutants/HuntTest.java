// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.mutants;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** The long hunt, see {@link HuntMain}; only when asked for. */
@EnabledIfSystemProperty(named = "mutants", matches = ".+")
class HuntTest {
  @Test
  void findsThem() {
    HuntMain.hunt(System.out);
  }
}
