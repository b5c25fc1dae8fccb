// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.cluster;

import dev.almadia.internal.v1.MetadataCommand;
import java.util.List;

/**
 * What the metadata leader is to do now.
 *
 * @param commands to be proposed, in order; a refusal needs no answer, the next turn sees it
 * @param handOvers to be asked of the brokers that lead
 */
public record ClusterActions(List<MetadataCommand> commands, List<HandOver> handOvers) {
  /** Copies the lists. */
  public ClusterActions {
    commands = List.copyOf(commands);
    handOvers = List.copyOf(handOvers);
  }

  /**
   * A leadership to be handed over.
   *
   * @param groupId the group
   * @param fromBrokerId who leads it
   * @param toBrokerId who is to
   */
  public record HandOver(long groupId, int fromBrokerId, int toBrokerId) {}
}
