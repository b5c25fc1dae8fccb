// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history.check;

import dev.almadia.history.FinalRead;
import dev.almadia.history.Resolve;
import dev.almadia.history.Seen;
import java.util.ArrayList;
import java.util.List;

/**
 * A linearizable lookup by time gives the first record at or after it. Judged where reads told the
 * records' times, from the final log start on, and only by records known before the question.
 */
final class TimeLookups implements Checker {
  @Override
  public void check(Evidence evidence, Findings findings) {
    for (PartitionEvidence partition : evidence.durablePartitions()) {
      List<Resolve> lookups = new ArrayList<>();
      for (Resolve resolve : partition.resolves) {
        Resolve.Question question = resolve.question();
        if (question.position() == Resolve.Position.TIME && question.linearizable()) {
          lookups.add(resolve);
        }
      }
      if (!lookups.isEmpty()) {
        check(lookups, partition, findings);
      }
    }
  }

  private static void check(List<Resolve> lookups, PartitionEvidence partition, Findings findings) {
    FinalRead last = partition.last();
    // Without a final read nobody may have been told how far a trim went.
    long start =
        last != null
            ? last.logStartOffset()
            : Math.max(partition.logStartMax, partition.trimmableBefore);
    List<Cell> cells = new ArrayList<>();
    partition.cells.forEach(
        cell -> {
          if (cell.offset >= start && cell.timestampMillis != Seen.NO_TIME) {
            cells.add(cell);
          }
        });
    long[] highestMillis = new long[cells.size()];
    long[] knownNanos = new long[cells.size()];
    for (int i = 0; i < cells.size(); i++) {
      long before = i == 0 ? Long.MIN_VALUE : highestMillis[i - 1];
      highestMillis[i] = Math.max(before, cells.get(i).timestampMillis);
    }
    // Whoever knew of an offset could have known of all before it.
    for (int i = cells.size() - 1; i >= 0; i--) {
      long after = i == cells.size() - 1 ? Long.MAX_VALUE : knownNanos[i + 1];
      knownNanos[i] = Math.min(after, cells.get(i).knownNanos);
    }
    for (Resolve lookup : lookups) {
      int first = firstAtLeast(highestMillis, lookup.question().timestampMillis());
      check(lookup, cells, knownNanos, first, new Report(partition, findings));
    }
  }

  private record Report(PartitionEvidence partition, Findings findings) {
    void wrong(Resolve lookup, Cell cell) {
      long millis = lookup.question().timestampMillis();
      String said = partition.id + ": first at or after " + millis + " ms was said to be ";
      String fact = "; offset " + cell.offset + " is of " + cell.timestampMillis + " ms";
      String text = said + lookup.offset() + " (" + lookup.call() + ")" + fact;
      findings.add(Rule.WRONG_TIME_LOOKUP, text, lookup.id());
    }
  }

  private static void check(
      Resolve lookup, List<Cell> cells, long[] knownNanos, int first, Report report) {
    long invoked = lookup.call().invokedNanos();
    if (first < cells.size()
        && knownNanos[first] < invoked
        && cells.get(first).offset < lookup.offset()) {
      report.wrong(lookup, cells.get(first));
      return;
    }
    int at = indexOf(cells, lookup.offset());
    if (at >= 0
        && knownNanos[at] < invoked
        && cells.get(at).timestampMillis < lookup.question().timestampMillis()) {
      report.wrong(lookup, cells.get(at));
    }
  }

  private static int firstAtLeast(long[] ascending, long wanted) {
    int low = 0;
    int high = ascending.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ascending[middle] >= wanted) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /** Index of the cell with this offset; negative if there is none. */
  private static int indexOf(List<Cell> cells, long offset) {
    int low = 0;
    int high = cells.size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      long there = cells.get(middle).offset;
      if (there == offset) {
        return middle;
      }
      if (there < offset) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -1;
  }
}
