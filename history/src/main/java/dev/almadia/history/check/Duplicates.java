// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history.check;

import dev.almadia.history.Value;
import java.util.HashMap;
import java.util.Map;

/** No more copies of a value than its sender can have caused; one, if it names its producer. */
final class Duplicates implements Checker {
  private static final class Copies {
    private int count;
    private final PartitionEvidence firstPartition;
    private final long firstOffset;

    private Copies(PartitionEvidence firstPartition, long firstOffset) {
      this.firstPartition = firstPartition;
      this.firstOffset = firstOffset;
    }
  }

  @Override
  public void check(Evidence evidence, Findings findings) {
    Map<Value, Copies> copies = new HashMap<>();
    for (PartitionEvidence partition : evidence.partitions()) {
      partition.cells.forEach(cell -> count(cell, partition, copies, findings));
    }
  }

  private static void count(
      Cell cell, PartitionEvidence partition, Map<Value, Copies> copies, Findings findings) {
    Value value = cell.settled();
    Sent sent = cell.sent;
    if (value == null || sent == null || value.topicId() != partition.id.topicId()) {
      return;
    }
    Copies there = copies.computeIfAbsent(value, any -> new Copies(partition, cell.offset));
    there.count++;
    int most = sent.idempotent() ? 1 : sent.copiesMax();
    if (there.count == most + 1 && most > 0) {
      String first = there.firstPartition.id + " offset " + there.firstOffset;
      String again = " and " + (most == 1 ? "" : "again up to ") + partition.id;
      String sender = " offset " + cell.offset + "; " + sent.produce().call();
      String text = value + " is at " + first + again + sender + " can have left " + most;
      findings.add(Rule.DUPLICATE, text, sent.produce().id());
    }
  }
}
