// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history.check;

import dev.almadia.history.FinalRead;
import dev.almadia.history.Produce;
import dev.almadia.history.Value;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Records of one request to one partition are neighbours, in order, all or none. Each record of a
 * request is asked for its neighbours; a trim may have taken the first ones.
 */
final class SplitRequests implements Checker {
  @Override
  public void check(Evidence evidence, Findings findings) {
    for (PartitionEvidence partition : evidence.durablePartitions()) {
      FinalRead last = partition.last();
      Set<Long> reported = new HashSet<>();
      partition.cells.forEach(
          cell -> {
            Sent sent = cell.sent;
            if (sent == null || !sent.produce().partition().known()) {
              return;
            }
            String problem = problem(cell, sent, partition, last);
            if (!problem.isEmpty() && reported.add(sent.produce().id())) {
              String whole = " of " + sent.produce().values().size() + " values: ";
              String text = partition.id + " splits " + sent.produce().call() + whole + problem;
              findings.add(Rule.SPLIT_REQUEST, text, sent.produce().id());
            }
          });
    }
  }

  private static String problem(
      Cell cell, Sent sent, PartitionEvidence partition, @Nullable FinalRead last) {
    Produce produce = sent.produce();
    if (sent.index() > 0) {
      Value before = produce.values().get(sent.index() - 1);
      if (cell.offset == 0) {
        return produce.values().get(sent.index()) + " is at offset 0 without " + before;
      }
      String problem = problem(partition.cells.get(cell.offset - 1), cell, before);
      if (!problem.isEmpty()) {
        return problem;
      }
    }
    if (sent.index() + 1 < produce.values().size()) {
      Value after = produce.values().get(sent.index() + 1);
      if (last != null && cell.kept != null && cell.offset + 1 == last.endOffset()) {
        return "the log ends at " + last.endOffset() + " without " + after;
      }
      return problem(partition.cells.get(cell.offset + 1), cell, after);
    }
    return "";
  }

  private static String problem(@Nullable Cell neighbour, Cell cell, Value expected) {
    Value there = neighbour == null ? null : neighbour.settled();
    if (there == null || there.damaged() || there.equals(expected)) {
      return "";
    }
    String beside = " where " + expected + " belongs, beside offset " + cell.offset;
    return there + " is" + beside;
  }
}
