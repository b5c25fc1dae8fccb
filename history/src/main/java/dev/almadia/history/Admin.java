// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history;

/**
 * A change of a topic, as far as the checkers need it.
 *
 * @param call who and when
 * @param action what
 * @param partition the topic; the partition number matters to {@link Action#TRIM} only
 * @param beforeOffset records below it may go, if the action is TRIM, else -1
 * @param outcome how it ended
 */
public record Admin(
    Call call, Action action, PartitionId partition, long beforeOffset, Outcome outcome)
    implements Operation {

  /** Kinds of change. */
  public enum Action {
    /** The topic was made. */
    CREATE,
    /** The topic was deleted: nobody expects its records any more. */
    DELETE,
    /** Records of a partition below an offset may go. */
    TRIM,
    /** From now on the topic's records may go by age or size. */
    RETAIN,
    /** Anything else; counted, not judged. */
    OTHER
  }

  /** A change of a whole topic that has begun. */
  public static Admin begun(Call call, Action action, String topic, long topicId) {
    PartitionId all = new PartitionId(topic, topicId, PartitionId.UNKNOWN);
    return new Admin(call, action, all, -1, Outcome.UNKNOWN);
  }

  /** A trim that has begun. */
  public static Admin trim(Call call, PartitionId partition, long beforeOffset) {
    return new Admin(call, Action.TRIM, partition, beforeOffset, Outcome.UNKNOWN);
  }

  /** Ended this way. */
  public Admin ended(Outcome how) {
    return new Admin(call, action, partition, beforeOffset, how);
  }

  /** Made: the answer tells the id of the new incarnation. */
  public Admin created(long topicId) {
    PartitionId made = new PartitionId(partition.topic(), topicId, partition.partition());
    return new Admin(call, action, made, beforeOffset, Outcome.APPLIED);
  }

  /** Whether it certainly had no effect. */
  public boolean refused() {
    return call.completed() && outcome == Outcome.NOT_APPLIED;
  }

  @Override
  public boolean succeeded() {
    return call.completed() && outcome == Outcome.APPLIED;
  }

  @Override
  public Admin with(Call other) {
    return new Admin(other, action, partition, beforeOffset, outcome);
  }
}
