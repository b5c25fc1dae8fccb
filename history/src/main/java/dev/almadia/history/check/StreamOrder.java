// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history.check;

import dev.almadia.history.Produce;
import java.util.HashMap;
import java.util.Map;

/** Requests that a session sends in order are stored in that order, if sent at most once. */
final class StreamOrder implements Checker {
  private record Last(Produce produce, long offset) {}

  @Override
  public void check(Evidence evidence, Findings findings) {
    for (PartitionEvidence partition : evidence.durablePartitions()) {
      Map<Long, Long> firstOffsets = new HashMap<>();
      partition.cells.forEach(
          cell -> {
            Sent sent = cell.sent;
            if (sent != null && sent.index() == 0) {
              firstOffsets.putIfAbsent(sent.produce().id(), cell.offset);
            }
          });
      Map<Long, Last> sessions = new HashMap<>();
      for (Produce produce : evidence.produces()) {
        Long offset = firstOffsets.get(produce.id());
        if (offset != null && ordered(produce)) {
          check(new Last(produce, offset), sessions, partition, findings);
        }
      }
    }
  }

  private static boolean ordered(Produce produce) {
    Produce.Sending sending = produce.sending();
    return sending.inOrder() && (sending.idempotent() || sending.attempts() == 1);
  }

  private static void check(
      Last now, Map<Long, Last> sessions, PartitionEvidence partition, Findings findings) {
    Last before = sessions.put(now.produce().call().session(), now);
    if (before != null && before.offset() > now.offset()) {
      String first = before.produce().call() + " at " + before.offset() + " and then ";
      String text = first + now.produce().call() + " at " + now.offset();
      String stream = " stored a stream's requests out of order: ";
      long[] both = {before.produce().id(), now.produce().id()};
      findings.add(Rule.NON_MONOTONIC_APPEND, partition.id + stream + text, both);
    }
  }
}
