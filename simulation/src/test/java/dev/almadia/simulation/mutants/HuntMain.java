// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.mutants;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The long hunt: how many fresh seeds it takes to find each planted bug, from several starts.
 * Prints a line of a Markdown table for each.
 *
 * <p>System properties: {@code mutants} (names with commas, or all), {@code mutants.seeds} (most
 * per start), {@code mutants.starts}, {@code mutants.first} (first seed), {@code mutants.options}
 * (for the simulator), {@code mutants.threads}, {@code mutants.entry} (another simulator).
 */
public final class HuntMain {
  private static final long SEEDS_DEFAULT = 2_000;
  private static final int STARTS_DEFAULT = 5;

  /** From one start to the next; more than the most seeds of a start. */
  private static final long STRIDE = 1_000_000;

  private final PrintStream out;
  private final MutantCompiler compiler = new MutantCompiler();
  private final String entry = System.getProperty("mutants.entry", LoadedSimulator.ENTRY);
  private final String options = System.getProperty("mutants.options", "");
  private final long seedsMax = Long.getLong("mutants.seeds", SEEDS_DEFAULT);
  private final int starts = Integer.getInteger("mutants.starts", STARTS_DEFAULT);
  private final long firstSeed = Long.getLong("mutants.first", 1);

  private HuntMain(PrintStream out) {
    this.out = out;
  }

  /** Hunts and prints. */
  public static void main(String[] args) {
    hunt(System.out);
    // Runs without an end are still running.
    System.exit(0);
  }

  /** Hunts and prints. */
  static void hunt(PrintStream out) {
    new HuntMain(out).run(wanted());
  }

  private static List<Mutant> wanted() {
    String names = System.getProperty("mutants", "all");
    return names.equals("all") || names.isEmpty()
        ? Catalogue.all()
        : List.of(names.split(",")).stream().map(Catalogue::named).toList();
  }

  private void run(List<Mutant> mutants) {
    out.println(
        "| bug | classes | breaks | expected | seeds: median | most | named | first message |");
    out.println("|---|---|---|---|---|---|---|---|");
    int threads = Integer.getInteger("mutants.threads", Runtime.getRuntime().availableProcessors());
    try (Hunt hunt = new Hunt(new LoadedSimulator(entry, options, Map.of()), threads)) {
      mutants.forEach(mutant -> out.println(row(hunt, mutant)));
    }
  }

  private String row(Hunt hunt, Mutant mutant) {
    LoadedSimulator simulator = new LoadedSimulator(entry, options, compiler.compile(mutant));
    List<Long> counts = new ArrayList<>();
    TreeSet<String> named = new TreeSet<>();
    Hunt.@Nullable Found shown = null;
    int missed = 0;
    for (int start = 0; start < starts; start++) {
      Hunt.Found found = hunt.first(simulator, firstSeed + start * STRIDE, seedsMax);
      if (found == null) {
        missed++;
      } else {
        counts.add(found.seeds());
        named.add(found.message().split("[ :]", 2)[0]);
        shown = shown == null ? found : shown;
      }
    }
    Collections.sort(counts);
    String most = missed > 0 ? "not found in " + missed + " of " + starts : last(counts);
    return String.format(
        Locale.ROOT,
        "| %s | %s | %s | %s | %s | %s | %s | %s |",
        mutant.name(),
        mutant.classes(),
        mutant.breaks(),
        mutant.guarantee(),
        counts.isEmpty() ? "-" : counts.get((counts.size() - 1) / 2),
        most,
        String.join(", ", named),
        shown == null ? "-" : "seed " + shown.seed() + ": " + cell(shown.message()));
  }

  private static String last(List<Long> counts) {
    return String.valueOf(counts.get(counts.size() - 1));
  }

  private static String cell(String text) {
    return text.replace('\n', ' ').replace('|', '/');
  }
}
