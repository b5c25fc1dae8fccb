// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history;

import java.util.List;

/**
 * A read of one partition: a fetch, or one answer of a subscription.
 *
 * @param call who and when
 * @param partition where
 * @param kind which way
 * @param requestedOffset where to start, or {@link #ON} to go on where the session stands
 * @param answer what came
 */
public record Read(Call call, PartitionId partition, Kind kind, long requestedOffset, Answer answer)
    implements Operation {

  /** Ways to read. */
  public enum Kind {
    /** On its own, from an offset. */
    FETCH,
    /** The next answer of a session's subscription; an offset starts it or seeks. */
    SUBSCRIBE,
    /**
     * As SUBSCRIBE, and the last one of its session, after healing: the reader waited so long that
     * everything acknowledged before this call began must have come.
     */
    DRAIN
  }

  /**
   * What came.
   *
   * @param records in the order they came, after dropping those before the requested offset
   * @param nextOffset where to read on, or -1 if the read failed
   * @param highWatermark end of what is readable as told, or -1
   * @param logStartOffset first offset that is kept as told, or -1
   * @param lostRecords number of records the reader was told to have missed; usually 0
   */
  public record Answer(
      List<Seen> records,
      long nextOffset,
      long highWatermark,
      long logStartOffset,
      long lostRecords) {
    /** No answer. */
    public static final Answer FAILED = new Answer(List.of(), -1, -1, -1, 0);

    /** Copies the records. */
    public Answer {
      records = List.copyOf(records);
    }
  }

  /** Requested offset of a read that goes on where its session stands. */
  public static final long ON = -1;

  /** A read that has begun. */
  public static Read begun(Call call, PartitionId partition, Kind kind, long requestedOffset) {
    return new Read(call, partition, kind, requestedOffset, Answer.FAILED);
  }

  /** Answered. */
  public Read answered(Answer what) {
    return new Read(call, partition, kind, requestedOffset, what);
  }

  @Override
  public boolean succeeded() {
    return call.completed() && answer.nextOffset() >= 0;
  }

  @Override
  public Read with(Call other) {
    return new Read(other, partition, kind, requestedOffset, answer);
  }
}
