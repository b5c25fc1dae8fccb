// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history.check;

import dev.almadia.history.History;
import dev.almadia.history.Operation;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * How much happened. A history in which nothing was asked of the brokers breaks no rule and proves
 * nothing. Immutable.
 *
 * @param kinds counts by kind of operation ("Produce", "Read", ...), in the order of names
 */
public record Vacuity(Map<String, Count> kinds) {
  /**
   * Operations of one kind.
   *
   * @param begun how many clients began
   * @param succeeded how many of them did what they were asked to do
   */
  public record Count(long begun, long succeeded) {
    /** Share that succeeded, 0 to 1; 0 if none began. */
    public double share() {
      return begun == 0 ? 0 : (double) succeeded / begun;
    }

    private Count and(boolean success) {
      return new Count(begun + 1, succeeded + (success ? 1 : 0));
    }
  }

  private static final Count NONE = new Count(0, 0);

  /** Copies the counts. */
  public Vacuity {
    kinds = Collections.unmodifiableMap(new TreeMap<>(kinds));
  }

  /** Counts a history. */
  public static Vacuity of(History history) {
    Map<String, Count> kinds = new TreeMap<>();
    for (Operation operation : history.operations()) {
      String kind = operation.getClass().getSimpleName();
      kinds.put(kind, kinds.getOrDefault(kind, NONE).and(operation.succeeded()));
    }
    return new Vacuity(kinds);
  }

  /** The count of a kind; zeroes if there was none. */
  public Count count(Class<? extends Operation> kind) {
    return kinds.getOrDefault(kind.getSimpleName(), NONE);
  }

  /**
   * Why a run proves too little, one line each; empty if it does not.
   *
   * @param succeededMin least number of writes, and of reads, that must have succeeded
   * @param shareMin least share of the writes, and of the reads, that must have; 0 to 1
   */
  public List<String> tooLittle(long succeededMin, double shareMin) {
    List<String> reasons = new ArrayList<>();
    for (String kind : List.of("Produce", "Read")) {
      Count count = kinds.getOrDefault(kind, NONE);
      if (count.succeeded() < succeededMin) {
        reasons.add(
            kind + ": " + count.succeeded() + " succeeded, at least " + succeededMin + " must");
      }
      if (count.share() < shareMin) {
        String share = String.format(Locale.ROOT, "%.3f", count.share());
        reasons.add(kind + ": a share of " + share + " succeeded, at least " + shareMin + " must");
      }
    }
    if (kinds.getOrDefault("FinalRead", NONE).succeeded() == 0) {
      reasons.add("FinalRead: none succeeded, so losses cannot be seen");
    }
    return reasons;
  }
}
