// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.metadata;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.ClusterErrors;
import dev.almadia.broker.core.Errors;
import dev.almadia.internal.v1.NoteForced;
import dev.almadia.internal.v1.StartRecovery;
import org.jspecify.annotations.Nullable;

/** What the command does that gives brokers up where a majority is lost for good. */
final class RecoveryChanges {
  /** In a note: the whole order, not a group. */
  private static final long WHOLE_ORDER = -1;

  private RecoveryChanges() {}

  /**
   * Gives the brokers up with their disks. What they held gets its next life, so that the groups
   * that are forced, which bar the old replicas, may have the brokers back, with empty disks.
   */
  static @Nullable BrokerError start(ImageEdit edit, StartRecovery command) {
    MetadataImage image = edit.before();
    if (command.getLostBrokerIdsCount() == 0) {
      return Errors.invalid("lost_broker_ids", "", "must name the brokers that are lost");
    }
    for (int id : command.getLostBrokerIdsList()) {
      BrokerImage known = image.brokers().get(id);
      if (known == null) {
        return ClusterErrors.brokerNotFound(id, image.brokers().keySet());
      }
      BrokerError error = BrokerChanges.loseReplicas(edit, id);
      if (error != null) {
        return error;
      }
      edit.giveUpDisk(known.brokerId(), known.incarnation());
    }
    BrokerError error =
        OperationChanges.note(
            edit,
            NoteForced.newBuilder()
                .setGroupId(WHOLE_ORDER)
                .setMessage(command.getMessage())
                .build());
    return error != null
        ? error
        : OperationChanges.begin(
            edit, command.getOperation(), command.getOperation().getMovesCount());
  }
}
