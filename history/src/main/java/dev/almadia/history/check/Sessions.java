// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history.check;

import dev.almadia.history.Call;
import dev.almadia.history.FinalRead;
import dev.almadia.history.Read;
import dev.almadia.history.Seen;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A session goes on where it stopped, is told what it lost, and its watermarks never fall. */
final class Sessions implements Checker {
  private static final class Session {
    private long nextOffset = -1;
    private final Mark highWatermark = new Mark("high watermark");
    private final Mark logStart = new Mark("log start");
  }

  /** The highest that was told, and to whom. */
  private static final class Mark {
    private final String name;
    private long offset = -1;
    private @Nullable Call call;

    private Mark(String name) {
      this.name = name;
    }

    private void told(long told, Call now, PartitionEvidence partition, Findings findings) {
      Call before = call;
      if (told >= offset) {
        offset = told;
        call = now;
      } else if (told >= 0 && before != null && before.precedes(now)) {
        String fall = " of session " + now.session() + " fell from " + offset + " to " + told;
        String text = name + " of " + partition.id + fall + ": " + before + ", then " + now;
        findings.add(Rule.WATERMARK_REGRESS, text, before.id(), now.id());
      }
    }
  }

  @Override
  public void check(Evidence evidence, Findings findings) {
    for (PartitionEvidence partition : evidence.partitions()) {
      Map<Long, Session> sessions = new HashMap<>();
      for (Read read : partition.reads) {
        Session session = sessions.computeIfAbsent(read.call().session(), number -> new Session());
        position(read, session, partition, findings);
        // A power loss may take back what was only buffered, and the watermark with it.
        if (!partition.buffered) {
          marks(read, session, partition, findings);
        }
      }
    }
  }

  private static void position(
      Read read, Session session, PartitionEvidence partition, Findings findings) {
    Read.Answer answer = read.answer();
    boolean goesOn = read.requestedOffset() == Read.ON;
    long asked = goesOn ? session.nextOffset : read.requestedOffset();
    if (asked >= 0) {
      long expected = asked + answer.lostRecords();
      List<Seen> records = answer.records();
      long got = records.isEmpty() ? answer.nextOffset() : records.get(0).offset();
      if (got != expected || falseLoss(expected, answer.lostRecords(), partition)) {
        String told =
            answer.lostRecords() == 0 ? "" : ", told to have lost " + answer.lostRecords();
        String where = partition.id + ", session " + read.call().session() + told;
        String text = where + ": got offset " + got + " instead of " + asked + ": " + read.call();
        findings.add(jump(got, expected, answer, partition), text, read.id());
      }
    }
    if (read.kind() != Read.Kind.FETCH || goesOn) {
      session.nextOffset = answer.nextOffset();
    }
  }

  private static boolean falseLoss(long expected, long lost, PartitionEvidence partition) {
    return lost > 0 && expected > partition.logStartMax && partition.last() != null;
  }

  private static Rule jump(
      long got, long expected, Read.Answer answer, PartitionEvidence partition) {
    if (answer.lostRecords() != 0) {
      return Rule.SILENT_JUMP;
    }
    if (got < expected) {
      return Rule.NON_MONOTONIC_POLL;
    }
    return got <= partition.logStartMax ? Rule.SILENT_JUMP : Rule.INT_POLL_SKIP;
  }

  private static void marks(
      Read read, Session session, PartitionEvidence partition, Findings findings) {
    long end = read.answer().highWatermark();
    session.highWatermark.told(end, read.call(), partition, findings);
    session.logStart.told(read.answer().logStartOffset(), read.call(), partition, findings);
    FinalRead last = partition.last();
    if (last != null && end > last.endOffset() && read.call().precedes(last.call())) {
      String text = " was " + end + " (" + read.call() + "); in the end the log ends at ";
      String whole = "high watermark of " + partition.id + text + last.endOffset();
      findings.add(Rule.WATERMARK_REGRESS, whole, read.id(), last.id());
    }
  }
}
