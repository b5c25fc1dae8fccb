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
 * @param classes of bugs that it stands for, as numbered in the design: 1 to 43 those of replicated
 *     logs, B8 and the like those of the catalogue of failures (with "row" where a promise has the
 *     same name), "new" if none
 * @param guarantee the promise that it breaks in the end, such as {@code G1}
 * @param changes of the sources, mostly one
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
