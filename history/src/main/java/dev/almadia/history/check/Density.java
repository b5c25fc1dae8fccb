// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history.check;

import dev.almadia.history.Call;
import dev.almadia.history.FinalRead;
import dev.almadia.history.Read;
import dev.almadia.history.ReplicaLog;
import dev.almadia.history.Seen;
import java.util.List;

/** Offsets of one answer follow each other without a hole. */
final class Density implements Checker {
  @Override
  public void check(Evidence evidence, Findings findings) {
    for (PartitionEvidence partition : evidence.partitions()) {
      for (Read read : partition.reads) {
        List<Seen> records = read.answer().records();
        long next = dense(records, read.call(), partition, findings);
        if (!records.isEmpty() && next != read.answer().nextOffset()) {
          String text = " is said to go on at " + read.answer().nextOffset() + " after ";
          Rule rule = next < read.answer().nextOffset() ? Rule.GAP : Rule.NON_MONOTONIC_POLL;
          findings.add(rule, partition.id + text + (next - 1) + ": " + read.call(), read.id());
        }
      }
      for (FinalRead whole : partition.finals) {
        check(whole, partition, findings);
      }
      for (ReplicaLog log : partition.replicas) {
        dense(log.records(), log.call(), partition, findings);
      }
    }
  }

  private static void check(FinalRead whole, PartitionEvidence partition, Findings findings) {
    List<Seen> records = whole.records();
    long first = records.isEmpty() ? whole.endOffset() : records.get(0).offset();
    if (first != whole.logStartOffset()) {
      String text = " starts at " + whole.logStartOffset() + " and its first record is at ";
      findings.add(Rule.GAP, partition.id + text + first + ": " + whole.call(), whole.id());
    }
    long next = dense(records, whole.call(), partition, findings);
    if (!records.isEmpty() && next != whole.endOffset()) {
      String text = " ends at " + whole.endOffset() + " and its last record is at ";
      findings.add(Rule.GAP, partition.id + text + (next - 1) + ": " + whole.call(), whole.id());
    }
  }

  /** The offset after the last record; anything if there is none. */
  private static long dense(
      List<Seen> records, Call call, PartitionEvidence partition, Findings findings) {
    long next = -1;
    for (Seen seen : records) {
      if (next != -1 && seen.offset() != next) {
        String text = " gave offset " + seen.offset() + " after " + (next - 1) + ": " + call;
        Rule rule = seen.offset() > next ? Rule.GAP : Rule.NON_MONOTONIC_POLL;
        findings.add(rule, partition.id + text, call.id());
      }
      next = seen.offset() + 1;
    }
    return next;
  }
}
