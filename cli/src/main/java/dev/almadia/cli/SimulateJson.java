// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.almadia.simulation.run.Failure;
import dev.almadia.simulation.run.Guarantees;
import dev.almadia.simulation.run.ReplayCommand;
import dev.almadia.simulation.run.RunResult;
import dev.almadia.simulation.run.RunSpec;
import dev.almadia.simulation.run.SearchResult;
import dev.almadia.simulation.run.Shrunk;
import dev.almadia.simulation.run.Totals;
import dev.almadia.simulation.run.Vacuity;
import dev.almadia.simulation.run.Violation;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What simulations came to, as JSON. 64-bit hashes are text. */
final class SimulateJson {
  private SimulateJson() {}

  /** A search. */
  static JsonObject of(SearchResult result, Map<Failure, Shrunk> shrunk) {
    Totals totals = result.totals();
    JsonObject tree = new JsonObject();
    tree.addProperty("seeds", result.spec().seeds().text());
    tree.addProperty("scenario", result.spec().run().scenario());
    tree.add("faultKinds", texts(result.spec().run().faultKinds()));
    tree.addProperty("jobs", result.spec().jobs());
    tree.addProperty("asked", result.spec().seeds().count());
    tree.addProperty("done", totals.done());
    tree.addProperty("isTimeUp", result.isTimeUp());
    tree.addProperty("repeated", totals.repeated());
    tree.addProperty("vacuous", totals.vacuous());
    JsonArray vacuousSeeds = new JsonArray();
    totals.vacuousSeeds().forEach(vacuousSeeds::add);
    tree.add("vacuousSeeds", vacuousSeeds);
    tree.add("provesNothing", texts(Vacuity.of(result)));
    tree.addProperty("events", totals.events());
    tree.addProperty("virtualSeconds", totals.virtualNanos() / 1e9);
    tree.addProperty("realSeconds", totals.realNanos() / 1e9);
    tree.addProperty("seedsPerSecond", totals.seedsPerSecond());
    tree.addProperty("seedsPerMinute", totals.seedsPerSecond() * 60);
    tree.addProperty("virtualOverRealTime", totals.speed());
    tree.addProperty("operationsSucceeded", totals.operationsSucceeded());
    tree.add("operations", counts(totals.operations()));
    tree.add("faults", counts(totals.faults()));
    JsonArray failures = new JsonArray();
    result.failures().forEach(failure -> failures.add(of(failure, shrunk.get(failure))));
    tree.add("failures", failures);
    return tree;
  }

  private static JsonObject of(Failure failure, @Nullable Shrunk shrunk) {
    JsonObject tree = new JsonObject();
    tree.addProperty("seed", failure.spec().seed());
    tree.addProperty("kind", failure.kind().name().toLowerCase(Locale.ROOT));
    tree.add("details", texts(failure.details()));
    RunResult result = failure.result();
    Violation violation = shrunk == null ? failure.violation() : shrunk.violation();
    if (result != null) {
      tree.addProperty("options", result.options());
    }
    if (violation != null) {
      tree.add("violation", of(violation));
    }
    if (shrunk != null) {
      tree.add("schedule", schedule(shrunk.kept(), shrunk.result().plan()));
      tree.addProperty("planned", shrunk.result().plan().size());
      tree.addProperty("isShortest", shrunk.isShortest());
      tree.addProperty("shrinkRuns", shrunk.runs());
      tree.add("lastEvents", texts(shrunk.lastLines()));
    }
    tree.addProperty("replay", ReplayCommand.of(shrunk == null ? failure.spec() : shrunk.spec()));
    return tree;
  }

  /** A single run. */
  static JsonObject of(RunSpec spec, RunResult result) {
    JsonObject tree = new JsonObject();
    tree.addProperty("seed", result.seed());
    tree.addProperty("scenario", spec.scenario());
    tree.addProperty("options", result.options());
    Violation violation = result.violation();
    tree.add("violation", violation == null ? null : of(violation));
    tree.addProperty("traceHash", String.format(Locale.ROOT, "%016x", result.traceHash()));
    tree.addProperty("events", result.traceEvents());
    tree.addProperty("virtualSeconds", result.virtualNanos() / 1e9);
    tree.add("operations", counts(result.operations()));
    tree.add("faults", counts(result.faults()));
    tree.add("plan", texts(result.plan()));
    tree.addProperty("replay", ReplayCommand.of(spec));
    return tree;
  }

  private static JsonObject of(Violation violation) {
    JsonObject tree = new JsonObject();
    tree.addProperty("guarantee", violation.guarantee());
    tree.addProperty("promise", Guarantees.of(violation.guarantee()).text());
    tree.addProperty("rule", violation.rule());
    tree.addProperty("text", violation.text());
    tree.addProperty("atSeconds", violation.atNanos() / 1e9);
    return tree;
  }

  private static JsonArray schedule(List<Integer> kept, List<String> plan) {
    JsonArray array = new JsonArray();
    for (int number : kept) {
      JsonObject fault = new JsonObject();
      fault.addProperty("number", number);
      fault.addProperty("fault", plan.get(number).strip());
      array.add(fault);
    }
    return array;
  }

  private static JsonArray texts(Collection<String> texts) {
    JsonArray array = new JsonArray();
    texts.forEach(array::add);
    return array;
  }

  private static JsonObject counts(Map<String, Long> counts) {
    JsonObject tree = new JsonObject();
    counts.forEach(tree::addProperty);
    return tree;
  }
}
