// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history.check;

import dev.almadia.history.Produce;
import dev.almadia.history.Read;
import dev.almadia.history.Seen;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What was sent after an answer told of an offset is stored behind that offset. */
final class AppendOrder implements Checker {
  private record Append(Produce produce, long offset) {}

  @Override
  public void check(Evidence evidence, Findings findings) {
    for (PartitionEvidence partition : evidence.durablePartitions()) {
      Frontier known = new Frontier();
      List<Append> appends = new ArrayList<>();
      for (Produce ack : partition.acks) {
        known.add(ack.lastOffset(), ack.call());
        appends.add(new Append(ack, ack.written().firstOffset()));
      }
      for (Read read : partition.reads) {
        List<Seen> records = read.answer().records();
        if (!records.isEmpty()) {
          known.add(records.get(records.size() - 1).offset(), read.call());
        }
      }
      partition.cells.forEach(
          cell -> {
            Sent sent = cell.sent;
            if (sent != null
                && sent.index() == 0
                && sent.earlier() == null
                && !sent.produce().placed()) {
              appends.add(new Append(sent.produce(), cell.offset));
            }
          });
      check(appends, known, partition, findings);
    }
  }

  private static void check(
      List<Append> appends, Frontier known, PartitionEvidence partition, Findings findings) {
    appends.sort(Comparator.comparingLong(append -> append.produce().call().invokedNanos()));
    for (Append append : appends) {
      Produce produce = append.produce();
      Frontier.Fact before = known.before(produce.call().invokedNanos());
      if (before != null && before.offset() > append.offset()) {
        String first = partition.id + " offset " + before.offset() + " was told to ";
        String then = before.call() + "; then " + produce.call() + " was stored at ";
        String text = first + then + append.offset();
        findings.add(Rule.NON_MONOTONIC_APPEND, text, before.call().id(), produce.id());
      }
    }
  }
}
