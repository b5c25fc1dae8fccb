// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import dev.almadia.client.Acknowledged;
import dev.almadia.client.ReadRecord;
import dev.almadia.v1.Record;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Remembers what was acknowledged and compares it with what is read. Any thread may note. */
final class DemoLedger {
  private final List<Record> events;
  private final @Nullable Acknowledged[] places;
  private final AtomicInteger acknowledged = new AtomicInteger();
  private final List<Throwable> failures = new ArrayList<>();

  DemoLedger(List<Record> events) {
    this.events = List.copyOf(events);
    this.places = new @Nullable Acknowledged[events.size()];
  }

  /** Notes the end of an event's sending. */
  synchronized void note(int event, @Nullable Acknowledged place, @Nullable Throwable failure) {
    if (place != null) {
      places[event] = place;
      acknowledged.incrementAndGet();
    } else if (failure != null) {
      failures.add(failure);
    }
  }

  int acknowledged() {
    return acknowledged.get();
  }

  /** The first failure, if any event was not acknowledged. */
  synchronized @Nullable Throwable failure() {
    return failures.isEmpty() ? null : failures.get(0);
  }

  /**
   * What the comparison found.
   *
   * @param problems each one line; empty if all is well
   * @param copies second copies of events that were sent again with an unknown outcome
   * @param keys different keys seen
   */
  record Verdict(List<String> problems, int copies, int keys) {}

  /** Compares with everything that was read, which must be all of the topic. */
  synchronized Verdict compare(List<ReadRecord> read) {
    List<String> problems = new ArrayList<>();
    Map<Integer, Map<Long, Record>> logs = new TreeMap<>();
    for (ReadRecord record : read) {
      Record other =
          logs.computeIfAbsent(record.partition(), p -> new TreeMap<>())
              .put(record.offset(), record.record());
      if (other != null) {
        problems.add(place(record.partition(), record.offset()) + " was given twice");
      }
    }
    checkDense(logs, problems);
    checkPlaces(logs, problems);
    int copies = checkCopies(read, problems);
    int keys = checkOrder(problems);
    return new Verdict(List.copyOf(problems), copies, keys);
  }

  private static String place(int partition, long offset) {
    return "partition " + partition + " offset " + offset;
  }

  private static void checkDense(Map<Integer, Map<Long, Record>> logs, List<String> problems) {
    logs.forEach(
        (partition, log) -> {
          long expected = 0;
          for (long offset : log.keySet()) {
            if (offset != expected) {
              problems.add(place(partition, expected) + " is missing");
              return;
            }
            expected++;
          }
        });
  }

  private void checkPlaces(Map<Integer, Map<Long, Record>> logs, List<String> problems) {
    for (int event = 0; event < places.length; event++) {
      Acknowledged at = places[event];
      if (at == null) {
        problems.add("event " + (event + 1) + " was not acknowledged");
        continue;
      }
      Record found = logs.getOrDefault(at.partition(), Map.of()).get(at.offset());
      if (found == null) {
        problems.add("LOST: event " + (event + 1) + ", " + place(at.partition(), at.offset()));
      } else if (!found.equals(events.get(event))) {
        problems.add(place(at.partition(), at.offset()) + " is not event " + (event + 1));
      }
    }
  }

  /** Counts how often each event is there; more than once only if it was sent more than once. */
  private int checkCopies(List<ReadRecord> read, List<String> problems) {
    Map<Record, Integer> found = new HashMap<>();
    read.forEach(record -> found.merge(record.record(), 1, Integer::sum));
    Map<Record, Integer> sent = new HashMap<>();
    Map<Record, Boolean> maybeTwice = new HashMap<>();
    for (int event = 0; event < places.length; event++) {
      sent.merge(events.get(event), 1, Integer::sum);
      Acknowledged at = places[event];
      maybeTwice.merge(events.get(event), at != null && at.maybeTwice(), Boolean::logicalOr);
    }
    int copies = 0;
    for (Map.Entry<Record, Integer> e : found.entrySet()) {
      int extra = e.getValue() - sent.getOrDefault(e.getKey(), 0);
      if (extra > 0 && !maybeTwice.getOrDefault(e.getKey(), false)) {
        problems.add(
            "an event is there " + e.getValue() + " times: " + e.getKey().getKey().toStringUtf8());
      }
      copies += Math.max(0, extra);
    }
    return copies;
  }

  /** Order of sending is order in each partition, and each key stays in one partition. */
  private int checkOrder(List<String> problems) {
    long[] last = new long[0];
    Map<com.google.protobuf.ByteString, Integer> partitionOfKey = new HashMap<>();
    for (int event = 0; event < places.length; event++) {
      Acknowledged at = places[event];
      if (at == null) {
        continue;
      }
      if (at.partition() >= last.length) {
        int before = last.length;
        last = Arrays.copyOf(last, at.partition() + 1);
        Arrays.fill(last, before, last.length, -1);
      }
      if (at.offset() <= last[at.partition()]) {
        problems.add("ORDER: event " + (event + 1) + ", " + place(at.partition(), at.offset()));
      }
      last[at.partition()] = at.offset();
      Integer other = partitionOfKey.put(events.get(event).getKey(), at.partition());
      if (other != null && other != at.partition()) {
        problems.add("a key is in two partitions: " + events.get(event).getKey().toStringUtf8());
      }
    }
    return partitionOfKey.size();
  }
}
