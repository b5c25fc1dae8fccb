// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.run;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;

/** Says what a search came to. Lines for people. */
public final class SearchReport {
  private SearchReport() {}

  /** All totals. */
  public static List<String> of(SearchResult result) {
    Totals totals = result.totals();
    List<String> lines = new ArrayList<>();
    lines.add(
        text(
            "Seeds %s: %,d of %,d run, %s%s",
            result.spec().seeds().text(),
            totals.done(),
            result.spec().seeds().count(),
            outcome(result),
            result.isTimeUp() ? " (time is up)" : ""));
    lines.add(
        text(
            "  speed       %.1f seeds/s, %.0f a minute on %d threads; %.1f virtual hours in %s,"
                + " %.0f times real time",
            totals.seedsPerSecond(),
            totals.seedsPerSecond() * 60,
            result.spec().jobs(),
            totals.virtualHours(),
            duration(totals.realNanos()),
            totals.speed()));
    lines.add(text("  events      %,d", totals.events()));
    lines.add(
        text(
            "  repeated    %,d seeds run twice%s",
            totals.repeated(),
            isDeterministic(result) ? ", each time the same" : "; not all the same"));
    lines.add(
        totals.vacuous() == 0
            ? "  vacuous     none"
            : text("  vacuous     %,d (seeds %s)", totals.vacuous(), Vacuity.text(totals)));
    lines.add(
        text(
            "  operations  %,d, of which %s succeeded",
            totals.operationCount(),
            percent(totals.operationsSucceeded(), totals.operationCount())));
    lines.addAll(counts(totals.operations()));
    lines.add(text("  faults      %,d", totals.faultCount()));
    lines.addAll(counts(totals.faults()));
    Vacuity.of(result).forEach(reason -> lines.add("This proves nothing: " + reason));
    return lines;
  }

  private static boolean isDeterministic(SearchResult result) {
    return result.failures().stream()
        .noneMatch(failure -> failure.kind() == Failure.Kind.NOT_DETERMINISTIC);
  }

  private static String outcome(SearchResult result) {
    long violations =
        result.failures().stream()
            .filter(failure -> failure.kind() == Failure.Kind.VIOLATION)
            .count();
    long others = result.failures().size() - violations;
    return (violations == 0 ? "no violation" : text("%,d violated", violations))
        + (others == 0 ? "" : text(", %,d failed otherwise", others));
  }

  private static List<String> counts(SortedMap<String, Long> counts) {
    List<String> lines = new ArrayList<>();
    for (Map.Entry<String, Long> count : counts.entrySet()) {
      lines.add(text("    %-28s %,15d", count.getKey(), count.getValue()));
    }
    return lines;
  }

  private static String percent(long part, long whole) {
    return whole == 0 ? "none" : text("%.1f%%", 100.0 * part / whole);
  }

  private static String duration(long nanos) {
    long seconds = nanos / 1_000_000_000;
    return seconds < 120 ? seconds + " s" : text("%d min %d s", seconds / 60, seconds % 60);
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
