// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history.check;

import dev.almadia.history.ReplicaLog;
import dev.almadia.history.Seen;

/** Every broker stores the same record at an offset; one may know fewer of them. */
final class Replicas implements Checker {
  @Override
  public void check(Evidence evidence, Findings findings) {
    for (PartitionEvidence partition : evidence.partitions()) {
      for (ReplicaLog log : partition.replicas) {
        for (Seen seen : log.records()) {
          check(seen, log, partition, findings);
        }
      }
    }
  }

  private static void check(
      Seen seen, ReplicaLog log, PartitionEvidence partition, Findings findings) {
    Cell cell = partition.cells.get(seen.offset());
    Sighting other = cell == null ? null : cell.kept != null ? cell.kept : cell.replica;
    if (other == null || other.value().damaged() || seen.value().damaged()) {
      return;
    }
    if (!other.value().equals(seen.value())) {
      String here = " offset " + seen.offset() + ": broker " + log.broker() + " stores ";
      String text = partition.id + here + seen.value() + ", elsewhere there is " + other;
      findings.add(Rule.REPLICAS_DIFFER, text, log.id(), other.call().id());
    }
  }
}
