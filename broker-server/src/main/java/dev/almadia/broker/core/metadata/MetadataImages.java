// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.metadata;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.Errors;
import dev.almadia.internal.v1.MetadataCommand;
import org.jspecify.annotations.Nullable;

/**
 * Applies metadata commands. A pure function of image, index and command: every broker applies the
 * same entries and holds the same image. Whoever proposes checks first; the checks here are for
 * what may have changed between check and apply, and they decide.
 */
public final class MetadataImages {
  /** Partitions that a cluster can have at all; a configured limit is checked before proposing. */
  public static final int PARTITIONS_MAX = 100_000;

  private MetadataImages() {}

  /**
   * The image after the command.
   *
   * @param index index of the command's entry, the revision of the result
   */
  public static MetadataResult apply(MetadataImage image, long index, MetadataCommand command) {
    ImageEdit edit = new ImageEdit(image, index, command.getTimeMs());
    BrokerError error = refusalOrChange(edit, command);
    return new MetadataResult(error, error == null ? edit.build() : atRevision(image, index));
  }

  /** Changes the image, or says why not; then what it changed so far does not count. */
  private static @Nullable BrokerError refusalOrChange(ImageEdit edit, MetadataCommand command) {
    return switch (command.getCommandCase()) {
      case INIT_CLUSTER -> BrokerChanges.init(edit, command.getInitCluster());
      case REGISTER_BROKER -> BrokerChanges.register(edit, command.getRegisterBroker());
      case SET_BROKER_STATE -> BrokerChanges.setState(edit, command.getSetBrokerState());
      case REMOVE_BROKER -> BrokerChanges.remove(edit, command.getRemoveBroker().getBrokerId());
      case CREATE_TOPIC -> TopicChanges.create(edit, command.getCreateTopic());
      case UPDATE_TOPIC -> TopicChanges.update(edit, command.getUpdateTopic());
      case DELETE_TOPIC -> TopicChanges.delete(edit, command.getDeleteTopic());
      case SET_TARGETS -> TargetChanges.set(edit, command.getSetTargets().getTargetsList());
      case SETTLE_GROUPS -> TargetChanges.settle(edit, command.getSettleGroups().getGroupsList());
      case SET_METADATA_VOTERS ->
          TargetChanges.setVoters(edit, command.getSetMetadataVoters().getBrokerIdsList());
      case START_OPERATION ->
          OperationChanges.start(edit, command.getStartOperation().getOperation());
      case END_OPERATION -> OperationChanges.end(edit, command.getEndOperation());
      case SET_CLUSTER_CONFIG -> OperationChanges.config(edit, command.getSetClusterConfig());
      case NOTE_FORCED -> OperationChanges.note(edit, command.getNoteForced());
      case LOSE_REPLICAS -> TargetChanges.lose(edit, command.getLoseReplicas().getReplicasList());
      case START_RECOVERY -> RecoveryChanges.start(edit, command.getStartRecovery());
      case COMMAND_NOT_SET -> Errors.invalid("command", "", "is not known to this version");
    };
  }

  /** The same image at a later revision, for entries that change nothing. */
  static MetadataImage atRevision(MetadataImage image, long index) {
    return new ImageEdit(image, index, 0).build();
  }
}
