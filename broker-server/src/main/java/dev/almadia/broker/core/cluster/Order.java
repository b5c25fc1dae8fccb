// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.cluster;

import dev.almadia.broker.core.metadata.OperationImage.Move;
import dev.almadia.internal.v1.MetadataCommand;
import java.util.List;

/**
 * An order that was checked.
 *
 * @param command to be proposed, unless only the plan was asked for
 * @param plan what will move, as far as it is known now
 */
public record Order(MetadataCommand command, List<Move> plan) {
  /** Copies the list. */
  public Order {
    plan = List.copyOf(plan);
  }
}
