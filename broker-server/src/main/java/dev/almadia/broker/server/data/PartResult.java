// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.server.grpc.Statuses;
import dev.almadia.v1.PartitionResult;
import dev.almadia.v1.WriteOutcome;
import java.util.ArrayList;
import java.util.List;

/** What became of the part of a batch that goes to one partition. */
sealed interface PartResult {
  /**
   * In the log, as durable as the topic demands.
   *
   * @param appended of all that was appended together, with the offset of its first record; of
   *     nothing if all was there already
   * @param known offsets of the first records of the producer's batches that were there already,
   *     which come first; -1 where they are not known any more
   */
  record Applied(PartitionResult appended, List<Long> known) implements PartResult {
    /** As it travels between brokers: the other one knows which batches it is about. */
    List<PartitionResult> forwarded() {
      List<PartitionResult> results = new ArrayList<>(1 + known.size());
      results.add(appended);
      for (long offset : known) {
        results.add(PartitionResult.newBuilder().setFirstOffset(offset).build());
      }
      return results;
    }

    /** From {@link #forwarded}. */
    static Applied of(List<PartitionResult> forwarded) {
      List<Long> known = new ArrayList<>(forwarded.size() - 1);
      for (PartitionResult one : forwarded.subList(1, forwarded.size())) {
        known.add(one.getFirstOffset());
      }
      return new Applied(forwarded.get(0), known);
    }
  }

  /**
   * In the log, some of it since before: the ids of the records say so. Never of a producer with a
   * name.
   */
  record ById(RecordOutcomes records) implements PartResult {}

  /** Not known to be in the log; the reason says whether it may be. */
  record Failed(BrokerError error) implements PartResult {}

  /** What is known of a write that failed with this error (G7). */
  static WriteOutcome outcomeOf(BrokerError error) {
    return Statuses.infoOf(error.reason()).getOutcome().equals("NOT_APPLIED")
        ? WriteOutcome.WRITE_OUTCOME_NOT_APPLIED
        : WriteOutcome.WRITE_OUTCOME_UNKNOWN;
  }
}
