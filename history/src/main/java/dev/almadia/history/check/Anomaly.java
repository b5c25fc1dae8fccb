// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history.check;

import java.util.List;

/**
 * Something that must not happen and did.
 *
 * @param name name of the rule, as in {@link Rule#title}
 * @param guarantee the promise it breaks, such as "G1"
 * @param text one line for people: what, where, who, when
 * @param operationIds the operations that prove it
 */
public record Anomaly(String name, String guarantee, String text, List<Long> operationIds) {
  /** Copies the ids. */
  public Anomaly {
    operationIds = List.copyOf(operationIds);
  }

  @Override
  public String toString() {
    return name + " (" + guarantee + "): " + text;
  }
}
