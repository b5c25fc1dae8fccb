// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history.check;

import dev.almadia.history.FinalRead;
import dev.almadia.history.Outcome;
import dev.almadia.history.PartitionId;
import dev.almadia.history.Produce;
import dev.almadia.history.Value;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Acknowledged before the final read began, and not in it. Below the log start it may only be
 * missing if somebody let it be trimmed.
 */
final class LostWrites implements Checker {
  @Override
  public void check(Evidence evidence, Findings findings) {
    for (PartitionEvidence partition : evidence.durablePartitions()) {
      FinalRead last = partition.last();
      if (last != null) {
        for (Produce ack : partition.acks) {
          if (ack.call().precedes(last.call())) {
            check(ack, partition, last, findings);
          }
        }
      }
    }
    checkRouted(evidence, findings);
  }

  private static void check(
      Produce ack, PartitionEvidence partition, FinalRead last, Findings findings) {
    long offset = ack.written().firstOffset();
    for (Value value : ack.values()) {
      String problem = problem(offset, value, partition, last);
      if (!problem.isEmpty()) {
        String where = " was acknowledged at " + partition.id + " offset " + offset;
        String text = value + where + " to " + ack.call() + "; " + problem;
        findings.add(Rule.LOST_WRITE, text, ack.id(), last.id());
        return;
      }
      offset++;
    }
  }

  /** What is wrong; empty if nothing is. */
  private static String problem(
      long offset, Value value, PartitionEvidence partition, FinalRead last) {
    if (offset < last.logStartOffset()) {
      boolean trimmed = offset < partition.trimmableBefore;
      return trimmed ? "" : "the log starts at " + last.logStartOffset() + " and none trimmed it";
    }
    Cell cell = partition.cells.get(offset);
    Sighting kept = cell == null ? null : cell.kept;
    if (kept == null) {
      return "in the end there is nothing";
    }
    boolean same = kept.value().damaged() || kept.value().equals(value);
    return same ? "" : "in the end there is " + kept;
  }

  /** Writes routed by key, whose partition was not told: they must be somewhere in the topic. */
  private static void checkRouted(Evidence evidence, Findings findings) {
    List<Produce> routed = new ArrayList<>();
    for (Produce produce : evidence.produces()) {
      if (produce.outcome() == Outcome.APPLIED
          && !produce.partition().known()
          && produce.sending().durability() == Produce.Durability.SYNCED) {
        routed.add(produce);
      }
    }
    if (!routed.isEmpty()) {
      checkRouted(routed, evidence, findings);
    }
  }

  private static void checkRouted(List<Produce> routed, Evidence evidence, Findings findings) {
    Set<Value> kept = new HashSet<>();
    Set<Long> whole = new TreeSet<>();
    Set<Long> partial = new TreeSet<>();
    long firstReadNanos = Long.MAX_VALUE;
    for (PartitionEvidence partition : evidence.partitions()) {
      FinalRead last = partition.last();
      boolean complete = last != null && last.logStartOffset() == 0;
      (complete ? whole : partial).add(partition.id.topicId());
      if (last != null) {
        last.records().forEach(seen -> kept.add(seen.value()));
        firstReadNanos = Math.min(firstReadNanos, last.call().invokedNanos());
      }
    }
    for (Produce produce : routed) {
      PartitionId id = produce.partition();
      boolean judged =
          whole.contains(id.topicId())
              && !partial.contains(id.topicId())
              && !kept.contains(Value.DAMAGED)
              && produce.call().completedNanos() < firstReadNanos;
      for (Value value : produce.values()) {
        if (judged && !kept.contains(value)) {
          String text = value + " was acknowledged at " + id + " to " + produce.call();
          findings.add(Rule.LOST_WRITE, text + "; in the end no partition has it", produce.id());
          break;
        }
      }
    }
  }
}
