// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.metadata;

import dev.almadia.v1.OperationState;
import java.util.List;

/**
 * Long work as metadata keep it. Progress is not kept: it is seen in what groups look like.
 *
 * @param id metadata index at which it began
 * @param kind what it does
 * @param brokerId broker that it is about; 0 if none
 * @param topic topic that it is about; empty if none
 * @param moves groups that it moves, by group; empty when it has ended
 * @param total partitions (for a drain: none) that it is about, counted when it began
 * @param done of these, how many were done when it ended; 0 while it runs
 * @param replicationFactorBefore of the topic, if it changes that; else 0
 * @param state how far it is
 * @param startTimeMs when it began, milliseconds since 1970
 * @param endTimeMs when it ended, milliseconds since 1970; 0 while it runs
 * @param message one line for people
 * @param requestedBy who asked for it, for people
 * @param throttleBytesPerSecond what it may copy per broker; 0 for the broker's setting
 */
public record OperationImage(
    long id,
    OperationKind kind,
    int brokerId,
    String topic,
    List<Move> moves,
    int total,
    int done,
    int replicationFactorBefore,
    OperationState state,
    long startTimeMs,
    long endTimeMs,
    String message,
    String requestedBy,
    long throttleBytesPerSecond) {
  /** Copies the list. */
  public OperationImage {
    moves = List.copyOf(moves);
  }

  /**
   * A group that moves.
   *
   * @param groupId the group
   * @param before broker ids when the operation began
   * @param after broker ids that it is to have
   */
  public record Move(long groupId, List<Integer> before, List<Integer> after) {
    /** Copies the lists. */
    public Move {
      before = List.copyOf(before);
      after = List.copyOf(after);
    }
  }

  /** Whether it has not ended. */
  public boolean isRunning() {
    return state == OperationState.OPERATION_STATE_RUNNING;
  }

  /** Its name in the API. */
  public String name() {
    return "operations/" + id;
  }

  /** What it is about, such as brokers/2 or topics/orders; cluster if it is about all. */
  public String resource() {
    return resourceOf(brokerId, topic);
  }

  /** The same of an operation that was not begun. */
  public static String resourceOf(int brokerId, String topic) {
    if (brokerId != 0) {
      return "brokers/" + brokerId;
    }
    return topic.isEmpty() ? "cluster" : "topics/" + topic;
  }

  /** The same, ended. */
  OperationImage ended(OperationState end, int doneThen, String text, long timeMs) {
    return new OperationImage(
        id,
        kind,
        brokerId,
        topic,
        List.of(),
        total,
        doneThen,
        replicationFactorBefore,
        end,
        startTimeMs,
        timeMs,
        text,
        requestedBy,
        throttleBytesPerSecond);
  }
}
