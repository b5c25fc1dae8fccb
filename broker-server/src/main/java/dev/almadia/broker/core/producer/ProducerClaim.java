// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.producer;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.Errors;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who a caller says it is, and how it numbers the records of a batch.
 *
 * @param producerId its name, empty if it gave none
 * @param epoch its epoch
 * @param firstSequence sequence of the first record of the batch
 */
public record ProducerClaim(String producerId, long epoch, long firstSequence) {
  /** Longest name, in characters. */
  public static final int CHARS_MAX = 128;

  /** First character of a transient producer's name. */
  public static final String TRANSIENT = "~";

  private static final String ID_RULE =
      "must be 1 to 128 characters of a-z, A-Z, 0-9, dot, underscore and minus, not starting with a"
          + " dot; ~ before it makes it transient";

  /** Whether the caller named itself. */
  public boolean isNamed() {
    return !producerId.isEmpty();
  }

  /** Why this cannot be believed of a batch of so many records, null if it can. */
  public @Nullable BrokerError refusal(int recordCount) {
    if (!isNamed()) {
      if (firstSequence != 0) {
        return invalid("first_sequence", firstSequence, "needs a producer_id");
      }
      return epoch == 0 ? null : invalid("producer_epoch", epoch, "needs a producer_id");
    }
    BrokerError badId = refusalOf(producerId);
    if (badId != null) {
      return badId;
    }
    if (epoch < 0) {
      return invalid("producer_epoch", epoch, "must not be negative");
    }
    return firstSequence < 1 || firstSequence > Long.MAX_VALUE - recordCount
        ? invalid(
            "first_sequence", firstSequence, "must be at least 1 and leave room for the batch")
        : null;
  }

  private static BrokerError invalid(String field, long value, String rule) {
    return Errors.invalid(field, String.valueOf(value), rule);
  }

  /** Why this is no name of a producer, null if it is one. */
  public static @Nullable BrokerError refusalOf(String id) {
    return isValid(id) ? null : Errors.invalid("producer_id", id, ID_RULE);
  }

  private static boolean isValid(String id) {
    String name = id.startsWith(TRANSIENT) ? id.substring(TRANSIENT.length()) : id;
    if (name.isEmpty() || id.length() > CHARS_MAX || name.charAt(0) == '.') {
      return false;
    }
    return name.chars()
        .allMatch(
            c ->
                (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || c == '.'
                    || c == '_'
                    || c == '-');
  }

  /** What it asks of a partition that it named. */
  public ProducerWrite named(int recordCount) {
    Segment segment = new Segment(firstSequence, firstSequence + recordCount - 1, recordCount);
    return ProducerWrite.of(producerId, epoch, false, segment, firstSequence - 1);
  }

  /**
   * What it asks of one of the partitions that the broker chose. Of what was sent there before only
   * this batch is known here.
   *
   * @param recordIndexes numbers of the records in the batch, ascending
   */
  public ProducerWrite routed(int[] recordIndexes) {
    Segment segment =
        new Segment(
            firstSequence + recordIndexes[0],
            firstSequence + recordIndexes[recordIndexes.length - 1],
            recordIndexes.length);
    return new ProducerWrite(
        producerId, epoch, true, firstSequence, List.of(new ProducerWrite.Part(segment, 0)));
  }
}
