// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.core.producer.Segment;
import dev.almadia.v1.PartitionResult;
import dev.almadia.v1.WriteOutcome;
import org.jspecify.annotations.Nullable;

/** Gives each of the batches that were written together its own result, in their order. */
final class AppliedParts {
  private final PartResult.Applied applied;
  private int place;
  private long nextOffset;

  AppliedParts(PartResult.Applied applied) {
    this.applied = applied;
    this.nextOffset = applied.appended().getFirstOffset();
  }

  /**
   * The result of the next one.
   *
   * @param count number of its records
   * @param sequences of them, null if the producer has no name
   */
  PartitionResult next(int count, @Nullable Segment sequences) {
    PartitionResult.Builder result = applied.appended().toBuilder().setRecordCount(count);
    if (place < applied.known().size()) {
      result
          .setOutcome(WriteOutcome.WRITE_OUTCOME_DUPLICATE)
          .setFirstOffset(applied.known().get(place))
          .setAppendTimeMs(0);
    } else {
      result.setFirstOffset(nextOffset);
      nextOffset += count;
    }
    if (sequences != null) {
      result.setFirstSequence(sequences.firstSequence()).setLastSequence(sequences.lastSequence());
    }
    place++;
    return result.build();
  }
}
