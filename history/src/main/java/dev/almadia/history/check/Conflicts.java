// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history.check;

import dev.almadia.history.FinalRead;
import dev.almadia.history.Value;
import org.jspecify.annotations.Nullable;

/**
 * One offset, one value, for ever. Answers that differ among themselves are inconsistent offsets; a
 * read that the final read does not confirm was dirty. (An acknowledgement that the final read does
 * not confirm is a lost write.)
 */
final class Conflicts implements Checker {
  @Override
  public void check(Evidence evidence, Findings findings) {
    for (PartitionEvidence partition : evidence.durablePartitions()) {
      for (PartitionEvidence.Conflict conflict : partition.conflicts) {
        inconsistent(partition, conflict.first(), conflict.second(), findings);
      }
      FinalRead last = partition.last();
      partition.cells.forEach(cell -> check(cell, partition, last, findings));
    }
  }

  private static void check(
      Cell cell, PartitionEvidence partition, @Nullable FinalRead last, Findings findings) {
    Sighting read = cell.read;
    if (read == null || read.value().damaged()) {
      return;
    }
    if (cell.acked != null && !cell.acked.value().equals(read.value())) {
      inconsistent(partition, cell.acked, read, findings);
    }
    String place = partition.id + " offset " + cell.offset + " gave " + read;
    if (cell.kept != null) {
      Value kept = cell.kept.value();
      if (!kept.damaged() && !kept.equals(read.value())) {
        String text = place + "; in the end there is " + cell.kept;
        findings.add(Rule.DIRTY_READ, text, read.call().id(), cell.kept.call().id());
      }
    } else if (last != null
        && cell.offset >= last.logStartOffset()
        && read.call().precedes(last.call())) {
      String text = place + "; in the end there is nothing";
      findings.add(Rule.DIRTY_READ, text, read.call().id(), last.id());
    }
  }

  private static void inconsistent(
      PartitionEvidence partition, Sighting first, Sighting second, Findings findings) {
    if (!first.value().damaged() && !second.value().damaged()) {
      String place = partition.id + " offset " + first.offset() + " has ";
      String text = place + first + " and " + second;
      findings.add(Rule.INCONSISTENT_OFFSETS, text, first.call().id(), second.call().id());
    }
  }
}
