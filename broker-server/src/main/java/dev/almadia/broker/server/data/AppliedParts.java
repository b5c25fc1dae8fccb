// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.core.producer.Segment;
import dev.almadia.v1.PartitionResult;
import dev.almadia.v1.WriteOutcome;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Gives each of the batches that were written together its own results, in their order. */
final class AppliedParts {
  /**
   * A batch.
   *
   * @param count number of its records
   * @param sequences of them, null if the producer has no name
   */
  record Batch(int count, @Nullable Segment sequences) {}

  private final PartResult.Applied applied;
  private int place;
  private long nextOffset;

  private AppliedParts(PartResult.Applied applied) {
    this.applied = applied;
    this.nextOffset = applied.appended().getFirstOffset();
  }

  /**
   * What became of a write.
   *
   * @param batches that were written together
   * @return for each its results; none if it failed
   */
  static List<List<PartitionResult>> of(PartResult result, List<Batch> batches) {
    List<List<PartitionResult>> results = new ArrayList<>(batches.size());
    if (result instanceof PartResult.Applied applied) {
      AppliedParts parts = new AppliedParts(applied);
      batches.forEach(batch -> results.add(List.of(parts.next(batch))));
    } else if (result instanceof PartResult.ById some) {
      int before = 0;
      for (Batch batch : batches) {
        results.add(some.records().part(before, batch.count()).results());
        before += batch.count();
      }
    }
    return results;
  }

  private PartitionResult next(Batch batch) {
    PartitionResult.Builder result = applied.appended().toBuilder().setRecordCount(batch.count());
    if (place < applied.known().size()) {
      result
          .setOutcome(WriteOutcome.WRITE_OUTCOME_DUPLICATE)
          .setFirstOffset(applied.known().get(place))
          .setAppendTimeMs(0);
    } else {
      result.setFirstOffset(nextOffset);
      nextOffset += batch.count();
    }
    Segment sequences = batch.sequences();
    if (sequences != null) {
      result.setFirstSequence(sequences.firstSequence()).setLastSequence(sequences.lastSequence());
    }
    place++;
    return result.build();
  }
}
