// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.mutants;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A bug that can be planted. Immutable.
 *
 * @param name of its file, without the ending
 * @param breaks what is wrong then, in one line
 * @param classes bug classes it stands for, as numbered in the design
 * @param guarantee the promise that it breaks in the end, such as {@code G1}
 * @param changes in the source files; at most one class of bugs a file, any number of places
 */
record Mutant(
    String name, String breaks, String classes, String guarantee, List<SourceChange> changes) {
  Mutant {
    changes = Collections.unmodifiableList(new ArrayList<>(changes));
  }

  /** Also the name of its test. */
  @Override
  public String toString() {
    return name;
  }
}
