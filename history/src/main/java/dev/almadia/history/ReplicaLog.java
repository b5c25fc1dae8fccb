// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history;

import java.util.List;

/**
 * After healing: the committed records that one broker stores. It may end before the others do.
 *
 * @param call who and when
 * @param partition where
 * @param broker number of the broker
 * @param records in the order of its log; no records also stand for a failed look
 */
public record ReplicaLog(Call call, PartitionId partition, int broker, List<Seen> records)
    implements Operation {

  /** Copies the records. */
  public ReplicaLog {
    records = List.copyOf(records);
  }

  /** A look that has begun. */
  public static ReplicaLog begun(Call call, PartitionId partition, int broker) {
    return new ReplicaLog(call, partition, broker, List.of());
  }

  /** Answered. */
  public ReplicaLog answered(List<Seen> all) {
    return new ReplicaLog(call, partition, broker, all);
  }

  @Override
  public boolean succeeded() {
    return call.completed();
  }

  @Override
  public ReplicaLog with(Call other) {
    return new ReplicaLog(other, partition, broker, records);
  }
}
