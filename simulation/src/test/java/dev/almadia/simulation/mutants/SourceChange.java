// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.mutants;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Lines of a source file that are replaced by others. The place is found by the lines themselves:
 * where in the file they stand may change, but they must be there, and only once.
 *
 * @param file path from the root of the repository
 * @param before lines as they are, those around the change included
 * @param after lines as they become
 */
record SourceChange(String file, List<String> before, List<String> after) {
  SourceChange {
    before = Collections.unmodifiableList(new ArrayList<>(before));
    after = Collections.unmodifiableList(new ArrayList<>(after));
  }

  /**
   * The source with the change.
   *
   * @throws IllegalStateException if the lines are not there, or more than once: the catalogue has
   *     to follow the code
   */
  List<String> applyTo(List<String> source) {
    int place = Collections.indexOfSubList(source, before);
    if (place < 0) {
      throw new IllegalStateException(file + " does not have these lines any more: " + before);
    }
    if (Collections.lastIndexOfSubList(source, before) != place) {
      throw new IllegalStateException(file + " has these lines more than once: " + before);
    }
    List<String> changed = new ArrayList<>(source.subList(0, place));
    changed.addAll(after);
    changed.addAll(source.subList(place + before.size(), source.size()));
    return changed;
  }
}
