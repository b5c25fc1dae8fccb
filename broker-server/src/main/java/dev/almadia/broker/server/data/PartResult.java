// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.server.grpc.Statuses;
import dev.almadia.v1.PartitionResult;
import dev.almadia.v1.WriteOutcome;
import java.util.List;

/** What became of the part of a batch that goes to one partition. */
sealed interface PartResult {
  /**
   * In the log, as durable as the topic demands.
   *
   * @param results of each batch of a producer with a name that was written, or one of all that was
   *     written
   */
  record Applied(List<PartitionResult> results) implements PartResult {
    /**
     * The result of one of several batches that were written together.
     *
     * @param place its number among them
     * @param recordsBefore number of records of those before it
     * @param count number of its records
     */
    PartitionResult of(int place, long recordsBefore, int count) {
      if (results.size() > 1) {
        return results.get(place);
      }
      PartitionResult all = results.get(0);
      return all.toBuilder()
          .setFirstOffset(all.getFirstOffset() + recordsBefore)
          .setRecordCount(count)
          .build();
    }
  }

  /** Not known to be in the log; the reason says whether it may be. */
  record Failed(BrokerError error) implements PartResult {}

  /** What is known of a write that failed with this error (G7). */
  static WriteOutcome outcomeOf(BrokerError error) {
    return Statuses.infoOf(error.reason()).getOutcome().equals("NOT_APPLIED")
        ? WriteOutcome.WRITE_OUTCOME_NOT_APPLIED
        : WriteOutcome.WRITE_OUTCOME_UNKNOWN;
  }
}
