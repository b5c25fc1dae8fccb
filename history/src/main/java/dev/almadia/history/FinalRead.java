// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history;

import java.util.List;

/**
 * After healing: the whole partition, read linearizably. If one partition of a topic has one, all
 * have.
 *
 * @param call who and when
 * @param partition where
 * @param logStartOffset first offset that is kept; -1 if the read failed
 * @param endOffset the linearizable end (exclusive)
 * @param records all of them, in the order they came
 */
public record FinalRead(
    Call call, PartitionId partition, long logStartOffset, long endOffset, List<Seen> records)
    implements Operation {

  /** Copies the records. */
  public FinalRead {
    records = List.copyOf(records);
  }

  /** A read that has begun. */
  public static FinalRead begun(Call call, PartitionId partition) {
    return new FinalRead(call, partition, -1, -1, List.of());
  }

  /** Answered. */
  public FinalRead answered(long logStart, long end, List<Seen> all) {
    return new FinalRead(call, partition, logStart, end, all);
  }

  @Override
  public boolean succeeded() {
    return call.completed() && logStartOffset >= 0;
  }

  @Override
  public FinalRead with(Call other) {
    return new FinalRead(other, partition, logStartOffset, endOffset, records);
  }
}
