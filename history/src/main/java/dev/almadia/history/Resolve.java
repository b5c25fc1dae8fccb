// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history;

/**
 * A question for an offset.
 *
 * @param call who and when
 * @param partition where
 * @param question what was asked
 * @param offset the answer, or {@link #FAILED}
 */
public record Resolve(Call call, PartitionId partition, Question question, long offset)
    implements Operation {

  /** What may be asked for. */
  public enum Position {
    /** First offset that is kept. */
    EARLIEST,
    /** End of what is readable. */
    LATEST,
    /** First record at or after a time; the end if there is none. */
    TIME
  }

  /**
   * What was asked.
   *
   * @param position which offset
   * @param timestampMillis the time, if position is TIME, else -1
   * @param linearizable whether the answer must cover all that was acknowledged before the call
   */
  public record Question(Position position, long timestampMillis, boolean linearizable) {
    /** The linearizable end. */
    public static final Question LATEST = new Question(Position.LATEST, -1, true);

    /** The linearizable start. */
    public static final Question EARLIEST = new Question(Position.EARLIEST, -1, true);

    /** The linearizable first record at or after a time. */
    public static Question time(long timestampMillis) {
      return new Question(Position.TIME, timestampMillis, true);
    }
  }

  /** Answer of a question that failed. */
  public static final long FAILED = -1;

  /** A question that has begun. */
  public static Resolve begun(Call call, PartitionId partition, Question question) {
    return new Resolve(call, partition, question, FAILED);
  }

  /** Answered. */
  public Resolve answered(long answer) {
    return new Resolve(call, partition, question, answer);
  }

  @Override
  public boolean succeeded() {
    return call.completed() && offset >= 0;
  }

  @Override
  public Resolve with(Call other) {
    return new Resolve(other, partition, question, offset);
  }
}
