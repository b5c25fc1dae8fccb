// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history;

import java.util.List;

/**
 * A request to append values, in order, to one partition.
 *
 * @param call who and when
 * @param partition where to; its number is {@link PartitionId#UNKNOWN} if the broker chose by key
 * @param values the records in order, at least one
 * @param sending how it was sent
 * @param written how it ended
 */
public record Produce(
    Call call, PartitionId partition, List<Value> values, Sending sending, Written written)
    implements Operation {

  /** What an acknowledgement stands for. */
  public enum Durability {
    /** Synced by a majority. */
    SYNCED,
    /** In the memory of a majority: a power loss may take it back. */
    BUFFERED
  }

  /**
   * How a request was sent.
   *
   * @param durability what an acknowledgement stands for
   * @param attempts how often it was sent, at least 1; more than 1 may leave as many copies
   * @param inOrder the session's requests with this mark take effect in the order of their begin
   * @param idempotent sent with a producer id: one copy, however often it was sent
   */
  public record Sending(Durability durability, int attempts, boolean inOrder, boolean idempotent) {
    /** Sent once, on its own, to be synced. */
    public static final Sending ONCE = new Sending(Durability.SYNCED, 1, false, false);

    /** Sent once in a stream whose requests take effect in order. */
    public static final Sending STREAMED = new Sending(Durability.SYNCED, 1, true, false);

    Sending withAttempts(int count) {
      return new Sending(durability, count, inOrder, idempotent);
    }

    int copiesMax() {
      return idempotent ? 1 : attempts;
    }
  }

  /**
   * How a request ended.
   *
   * @param outcome what the client knows
   * @param firstOffset offset of the first value if applied and told, else {@link #NO_OFFSET}
   * @param reason why it failed, for people; empty if it did not
   */
  public record Written(Outcome outcome, long firstOffset, String reason) {
    /** No answer yet, or never. */
    public static final Written OPEN = new Written(Outcome.UNKNOWN, -1, "");
  }

  /** First offset of a request that was not acknowledged with one. */
  public static final long NO_OFFSET = -1;

  /** Copies the values. */
  public Produce {
    values = List.copyOf(values);
    if (values.isEmpty()) {
      throw new IllegalArgumentException("A produce without values says nothing.");
    }
  }

  /** A request that has begun. */
  public static Produce begun(
      Call call, PartitionId partition, List<Value> values, Sending sending) {
    return new Produce(call, partition, values, sending, Written.OPEN);
  }

  /** Acknowledged, the first value at this offset. */
  public Produce applied(long firstOffset) {
    return ended(new Written(Outcome.APPLIED, firstOffset, ""));
  }

  /** Acknowledged in this partition, the first value at this offset. */
  public Produce applied(int number, long firstOffset) {
    PartitionId there = new PartitionId(partition.topic(), partition.topicId(), number);
    return new Produce(call, there, values, sending, Written.OPEN).applied(firstOffset);
  }

  /** Refused: it is not in the log and never will be. */
  public Produce notApplied(String reason) {
    return ended(new Written(Outcome.NOT_APPLIED, NO_OFFSET, reason));
  }

  /** Failed and left open. */
  public Produce unknown(String reason) {
    return ended(new Written(Outcome.UNKNOWN, NO_OFFSET, reason));
  }

  /** Sent this many times in all. */
  public Produce attempts(int count) {
    return new Produce(call, partition, values, sending.withAttempts(count), written);
  }

  /** The outcome; a call that never completed is {@link Outcome#UNKNOWN} whatever else it says. */
  public Outcome outcome() {
    return call.completed() ? written.outcome() : Outcome.UNKNOWN;
  }

  /** Whether the client was told where its values are. */
  public boolean placed() {
    return outcome() == Outcome.APPLIED && partition.known() && written.firstOffset() >= 0;
  }

  /** Offset of the last value. Only if {@link #placed}. */
  public long lastOffset() {
    return written.firstOffset() + values.size() - 1;
  }

  @Override
  public boolean succeeded() {
    return outcome() == Outcome.APPLIED;
  }

  @Override
  public Produce with(Call other) {
    return new Produce(other, partition, values, sending, written);
  }

  private Produce ended(Written how) {
    return new Produce(call, partition, values, sending, how);
  }
}
