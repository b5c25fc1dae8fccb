// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.producer;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.producer.ProducerState.Numbering;
import dev.almadia.v1.ErrorReason;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How the batches of one stream of a producer follow each other. One thread.
 *
 * <p>Where the client names the partition, sequences go on without gaps in each; the first one
 * there is judged by the partition's leader alone. Where it does not, they go on without gaps over
 * the whole stream, so that the stream knows of each partition what it has sent there, and that
 * this is all there was to send from its first sequence on. It says so to the leaders: many batches
 * may be under way at once, and none can be taken for a duplicate because a later one came first.
 *
 * <pre>
 *   a stream begins with 11: 11..20 has 13 and 15 for partition 0, 21..30 has none, 31..40 has 32.
 *   Partition 0 is told "13..15, complete from 11, nothing before", then "32, complete from 11, 15
 *   before"
 * </pre>
 */
public final class StreamNumbering {
  /**
   * Whose stream it is.
   *
   * @param topic name of the topic
   * @param producerId name of the producer
   * @param epoch its epoch
   */
  public record Who(String topic, String producerId, long epoch) {}

  private final Who who;

  /** Partitions that the stream may write to; empty for all. */
  private final List<Integer> partitions;

  /** The highest sequence with which the stream may begin if the broker routes. */
  private final long firstMax;

  private Numbering numbering = Numbering.NONE;

  /** If routed: the first sequence of the stream. */
  private long completeFrom;

  /** If routed: the first sequence of the next batch. */
  private long next;

  /** First sequence of the batch that was taken last. */
  private long batchFirst;

  /** Last sequence that was sent to a partition. */
  private final Map<Integer, Long> lastSent = new TreeMap<>();

  private StreamNumbering(Who who, List<Integer> partitions, long firstMax) {
    this.who = who;
    this.partitions = List.copyOf(partitions);
    this.firstMax = firstMax;
  }

  /**
   * Of a stream that opened the producer.
   *
   * @param partitions those in which it opened it; empty for all
   * @param lastSequence the highest sequence in these
   */
  public static StreamNumbering opened(Who who, List<Integer> partitions, long lastSequence) {
    return new StreamNumbering(who, partitions, lastSequence + 1);
  }

  /** Of a stream that goes on with an epoch that was opened before. */
  public static StreamNumbering attached(Who who) {
    return new StreamNumbering(who, List.of(), Long.MAX_VALUE);
  }

  /** Name of the producer. */
  public String producerId() {
    return who.producerId();
  }

  /**
   * Takes the next batch.
   *
   * @param count number of its records
   * @param partition as the client named it, null if it did not
   * @return why it cannot be the next one, null if it was taken
   */
  public @Nullable BrokerError take(long firstSequence, int count, @Nullable Integer partition) {
    BrokerError refusal =
        new ProducerClaim(who.producerId(), who.epoch(), firstSequence).refusal(count);
    if (refusal == null) {
      refusal =
          numbering == (partition == null ? Numbering.NAMED : Numbering.ROUTED)
              ? mixed()
              : notOpened(partition);
    }
    if (refusal == null) {
      refusal =
          partition == null
              ? refusalOfRouted(firstSequence)
              : refusalOfNamed(firstSequence, partition);
    }
    if (refusal != null) {
      return refusal;
    }
    if (partition == null && numbering == Numbering.NONE) {
      completeFrom = firstSequence;
    }
    numbering = partition == null ? Numbering.ROUTED : Numbering.NAMED;
    batchFirst = firstSequence;
    next = firstSequence + count;
    return null;
  }

  private @Nullable BrokerError notOpened(@Nullable Integer partition) {
    return partitions.isEmpty() || (partition != null && partitions.contains(partition))
        ? null
        : Errors.invalid(
            "batch.partition",
            partition == null ? "" : String.valueOf(partition),
            "must be one of those that the stream was opened for");
  }

  private @Nullable BrokerError refusalOfNamed(long firstSequence, int partition) {
    Long last = lastSent.get(partition);
    return last == null ? null : refusal(firstSequence, last);
  }

  private @Nullable BrokerError refusalOfRouted(long firstSequence) {
    if (numbering != Numbering.NONE) {
      return refusal(firstSequence, next - 1);
    }
    return firstSequence > firstMax ? refusal(firstSequence, firstMax - 1) : null;
  }

  private @Nullable BrokerError refusal(long firstSequence, long last) {
    if (firstSequence == last + 1) {
      return null;
    }
    boolean isGap = firstSequence > last;
    return BrokerError.of(
        isGap ? ErrorReason.ERROR_REASON_SEQUENCE_GAP : ErrorReason.ERROR_REASON_SEQUENCE_REGRESSED,
        "Producer '"
            + who.producerId()
            + "' of '"
            + who.topic()
            + "' sent "
            + firstSequence
            + (isGap ? " after only " : " after ")
            + last
            + ": on a stream each batch follows the one before",
        "producer_id",
        who.producerId(),
        "last_sequence",
        last,
        "got",
        firstSequence,
        "topic",
        who.topic());
  }

  private BrokerError mixed() {
    return BrokerError.of(
        ErrorReason.ERROR_REASON_PRODUCER_NUMBERING_MIXED,
        "Producer '"
            + who.producerId()
            + "' of '"
            + who.topic()
            + (numbering == Numbering.ROUTED
                ? "' left the partition to the broker before on this stream, and names it now"
                : "' named the partition before on this stream, and does not now"),
        "producer_id",
        who.producerId(),
        "topic",
        who.topic());
  }

  /**
   * What goes to a partition of the batch that was taken last. To be called once for each, because
   * what comes next there follows it.
   *
   * @param recordIndexes numbers of the records in the batch, ascending; empty if the client named
   *     the partition, and so all of them
   * @param count number of records
   */
  public ProducerWrite.Part part(int partition, int[] recordIndexes, int count) {
    boolean isNamed = numbering == Numbering.NAMED;
    long first = isNamed ? batchFirst : batchFirst + recordIndexes[0];
    long last = isNamed ? batchFirst + count - 1 : batchFirst + recordIndexes[count - 1];
    Long before = lastSent.put(partition, last);
    long previous = isNamed ? first - 1 : before == null ? 0 : before;
    return new ProducerWrite.Part(new Segment(first, last, count), previous);
  }

  /** Parts of one partition, in order, to be written together. */
  public ProducerWrite write(List<ProducerWrite.Part> parts) {
    return new ProducerWrite(
        who.producerId(), who.epoch(), numbering == Numbering.ROUTED, completeFrom, parts);
  }
}
