// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history.check;

import dev.almadia.history.Call;
import dev.almadia.history.FinalRead;
import dev.almadia.history.Produce;
import dev.almadia.history.Read;
import dev.almadia.history.Resolve;
import org.jspecify.annotations.Nullable;

/**
 * Ends of partitions: a linearizable one covers what any answer had told before the question, none
 * covers what was never there, and a drained subscription has come to all acknowledged records.
 */
final class Ends implements Checker {
  @Override
  public void check(Evidence evidence, Findings findings) {
    for (PartitionEvidence partition : evidence.durablePartitions()) {
      stale(partition, findings);
      unseen(partition, findings);
      FinalRead last = partition.last();
      for (Resolve resolve : partition.resolves) {
        if (resolve.question().position() == Resolve.Position.LATEST) {
          tooHigh(resolve, partition, last, findings);
        }
      }
    }
  }

  private static void stale(PartitionEvidence partition, Findings findings) {
    Frontier known = acknowledged(partition);
    for (Read read : partition.reads) {
      known.add(read.answer().highWatermark(), read.call());
      int count = read.answer().records().size();
      if (count > 0) {
        known.add(read.answer().records().get(count - 1).offset() + 1, read.call());
      }
    }
    for (Resolve resolve : partition.resolves) {
      if (linearizableEnd(resolve)) {
        known.add(resolve.offset(), resolve.call());
      }
    }
    for (Resolve resolve : partition.resolves) {
      Frontier.Fact before = known.before(resolve.call().invokedNanos());
      if (linearizableEnd(resolve) && before != null && before.offset() > resolve.offset()) {
        String text = behind(partition, resolve.offset(), resolve.call(), before);
        findings.add(Rule.STALE_LATEST, "latest of " + text, before.call().id(), resolve.id());
      }
    }
  }

  private static void unseen(PartitionEvidence partition, Findings findings) {
    Frontier known = acknowledged(partition);
    for (Read read : partition.reads) {
      Frontier.Fact before = known.before(read.call().invokedNanos());
      long next = read.answer().nextOffset();
      if (read.kind() == Read.Kind.DRAIN && before != null && before.offset() > next) {
        String text = behind(partition, next, read.call(), before);
        findings.add(Rule.UNSEEN, "subscription of " + text, before.call().id(), read.id());
      }
    }
  }

  private static Frontier acknowledged(PartitionEvidence partition) {
    Frontier known = new Frontier();
    for (Produce ack : partition.acks) {
      known.add(ack.lastOffset() + 1, ack.call());
    }
    return known;
  }

  private static void tooHigh(
      Resolve resolve, PartitionEvidence partition, @Nullable FinalRead last, Findings findings) {
    String said = "latest of " + partition.id + " was " + resolve.offset() + " (" + resolve.call();
    if (last != null
        && resolve.offset() > last.endOffset()
        && resolve.call().precedes(last.call())) {
      String text = said + "); in the end the log ends at " + last.endOffset();
      findings.add(Rule.LATEST_TOO_HIGH, text, resolve.id(), last.id());
      return;
    }
    Cell cell = partition.cells.get(resolve.offset() - 1);
    Sent sent = cell == null ? null : cell.sent;
    if (sent != null && sent.firstInvokedNanos() > resolve.call().completedNanos()) {
      String text = said + "); the record before it was sent later by " + sent.produce().call();
      findings.add(Rule.LATEST_TOO_HIGH, text, resolve.id(), sent.produce().id());
    }
  }

  private static boolean linearizableEnd(Resolve resolve) {
    Resolve.Question question = resolve.question();
    return question.position() == Resolve.Position.LATEST && question.linearizable();
  }

  private static String behind(
      PartitionEvidence partition, long got, Call call, Frontier.Fact before) {
    String known = " was known before from " + before.call();
    return partition.id + " got to " + got + " (" + call + "); " + before.offset() + known;
  }
}
