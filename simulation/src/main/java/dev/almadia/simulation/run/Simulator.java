// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.run;

import dev.almadia.history.History;
import dev.almadia.history.check.Anomaly;
import dev.almadia.history.check.Checks;
import dev.almadia.simulation.cluster.ClusterOptions;
import dev.almadia.simulation.cluster.Convergence;
import dev.almadia.simulation.cluster.SimBroker;
import dev.almadia.simulation.cluster.SimCluster;
import dev.almadia.simulation.cluster.Steadiness;
import dev.almadia.simulation.fault.FaultPlan;
import dev.almadia.simulation.fault.FaultRunner;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.kernel.SimRandom;
import dev.almadia.simulation.scenario.Scenario;
import dev.almadia.simulation.scenario.Scenarios;
import dev.almadia.simulation.workload.Workload;
import dev.almadia.simulation.workload.WorkloadOptions;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs a seed: a cluster forms, clients use it while things go wrong, it is healed (or all of it
 * but a minority that stays broken), it must come to rest and serve, and the history is judged.
 */
public final class Simulator implements SeedRunner {
  private static final long FORM_MILLIS_MAX = 30_000;
  private static final long REST_MILLIS_MAX = 30_000;

  /** For replicas that are new: with tiny limits a copy takes a round trip for each entry. */
  private static final long MOVE_MILLIS_MAX = 120_000;

  private static final long SETTLE_MILLIS = 8_000;
  private static final long QUIET_MILLIS = 10_000;
  private static final long READ_MILLIS_MAX = 30_000;
  private static final long FRESH_MILLIS_MAX = 60_000;
  private static final int ASKED_MAX = 3;

  /** So many that a group can do without one. */
  private static final int REPLICAS = 3;

  private static final int LINES_MAX = 400;
  private static final long NANOS_PER_MILLI = 1_000_000;

  @Override
  public RunResult run(RunSpec spec, @Nullable Consumer<String> traceReader) {
    return new Run(spec, traceReader).result();
  }

  /** One run. */
  private static final class Run {
    private final RunSpec spec;
    private final SimCluster cluster;
    private final FaultPlan plan;
    private final FaultRunner faults;
    private final Workload workload;
    private final boolean minorityStaysBroken;
    private final boolean members;
    private final String options;

    Run(RunSpec spec, @Nullable Consumer<String> traceReader) {
      this.spec = spec;
      Scenario scenario = Scenarios.named(spec.scenario());
      SimRandom random = new SimRandom(spec.seed()).split(scenario.name());
      ClusterOptions made = scenario.cluster(random);
      members = scenario.hints().members();
      minorityStaysBroken = scenario.ending().breaksMinority(random.split("ending"));
      SimRandom chance = random.split("faults");
      // Where brokers may be lost for good, each group has to be able to do without them.
      boolean mayLose = minorityStaysBroken || random.split("victims").chance(0.5);
      WorkloadOptions drawn =
          WorkloadOptions.draw(
              random.split("load"), 0, scenario.faultMillis() + SETTLE_MILLIS + QUIET_MILLIS);
      WorkloadOptions kept = mayLose ? drawn.withReplicas(REPLICAS) : drawn;
      WorkloadOptions ordered = members ? kept.withOrders(random.split("orders")) : kept;
      WorkloadOptions cut = scenario.cuts() ? ordered.withCuts(random.split("cuts")) : ordered;
      WorkloadOptions safe = cut.withNumbered(random.split("numbered"), scenario.numberedMax());
      int replicasMin = safe.replicasMin(made.brokers());
      FaultShape shape =
          members
              ? new FaultShape(made.machines(), safe.clientCount(), List.of())
              : FaultShape.draw(
                  random.split("shape"), made.brokers(), safe.clientCount(), replicasMin);
      plan = scenario.plan(chance, shape, spec.faultKinds());
      WorkloadOptions load = safe.withBuffered(scenario.bufferedShare(plan));
      cluster = new SimCluster(random, made, traceReader);
      workload = new Workload(cluster, load);
      faults = new FaultRunner(cluster, chance, shape, plan, spec.droppedFaults());
      options =
          made + " " + load + (minorityStaysBroken ? " minority-stays-broken" : " all-healed");
    }

    RunResult result() {
      live();
      if (cluster.world().violations().first() != null) {
        String missing = Convergence.whileUsed(cluster, faults.healthy()).missing();
        cluster.world().trace().note(0, "at the end", missing == null ? "all serve" : missing);
      }
      return new RunResult(
          spec.seed(),
          options,
          cluster.world().violations().first(),
          cluster.world().trace().hash(),
          cluster.world().trace().count(),
          cluster.world().loop().nowNanos(),
          faults.injected(),
          workload.operations(),
          plan.lines(),
          spec.keepsTrace() ? cluster.world().trace().lastLines(LINES_MAX) : List.of());
    }

    private void live() {
      cluster.brokers().forEach(SimBroker::start);
      List<Integer> all = cluster.deployed();
      Convergence formed = Convergence.atRest(cluster, all);
      if (!converges(formed, "a cluster forms", FORM_MILLIS_MAX)) {
        return;
      }
      workload.start();
      faults.start();
      cluster.runFor(plan.lengthNanos() / NANOS_PER_MILLI);
      workload.stopOrders();
      if (minorityStaysBroken) {
        faults.healAllButVictims();
      } else {
        faults.healAll();
      }
      List<Integer> healthy = faults.healthy();
      Convergence healed = Convergence.whileUsed(cluster, healthy);
      long healMillisMax = members ? MOVE_MILLIS_MAX : REST_MILLIS_MAX;
      if (!converges(healed, "a healed cluster serves", healMillisMax)) {
        return;
      }
      if (members) {
        settles();
        healthy = faults.healthy();
        if (cluster.world().violations().first() != null
            || !converges(
                Convergence.whileUsed(cluster, healthy), "members settle", REST_MILLIS_MAX)) {
          return;
        }
      }
      staysQuiet(healthy);
      History history = workload.finish(healthy, READ_MILLIS_MAX);
      Convergence atRest = Convergence.atRest(cluster, healthy);
      if (!converges(atRest, "logs become equal at rest", REST_MILLIS_MAX)) {
        return;
      }
      cluster
          .world()
          .invariants()
          .rests(group -> cluster.image().partitionsByGroup().containsKey(group));
      givesBack(healthy);
      if (cluster.world().violations().first() == null) {
        judge(history);
      }
    }

    private boolean converges(Convergence convergence, String rule, long millisMax) {
      if (cluster.runUntil(millisMax, () -> convergence.missing() == null)) {
        return true;
      }
      cluster
          .world()
          .violations()
          .add("G11", rule, "not within " + millisMax + " ms: " + convergence.missing());
      return false;
    }

    /** What was ordered is done, or waits for something that only people can change. */
    private void settles() {
      boolean isAllDone =
          cluster.runUntil(REST_MILLIS_MAX, () -> cluster.image().runningOperations().isEmpty());
      // What goes on by itself may take long: a new replica is filled.
      if (!isAllDone && !cluster.runUntil(MOVE_MILLIS_MAX, workload.askOperations())) {
        String text = workload.unexplainedOperation();
        cluster
            .world()
            .violations()
            .add("G11", "an operation ends, or says why it waits", String.valueOf(text));
      }
    }

    private void staysQuiet(List<Integer> healthy) {
      // Else leaders would move to where they are meant to be.
      boolean unused = cluster.runUntil(REST_MILLIS_MAX, cluster::pauseBalancing);
      // What the last faults left behind: connections that nobody knows yet to be gone, votes.
      cluster.runFor(SETTLE_MILLIS);
      Steadiness steadiness = new Steadiness(cluster, healthy);
      BooleanSupplier asked = workload.askFreshTopics(some(healthy));
      cluster.runFor(QUIET_MILLIS);
      String changed = steadiness.changed(minorityStaysBroken ? 1 : 0);
      if (changed != null) {
        cluster.world().violations().add("G11", "leaders stay when nothing breaks", changed);
      }
      cluster.runUntil(FRESH_MILLIS_MAX, asked);
    }

    /** Of the healthy brokers those that are asked; all would take too long. */
    private static List<Integer> some(List<Integer> healthy) {
      return healthy.subList(0, Math.min(ASKED_MAX, healthy.size()));
    }

    /** Nobody writes: nothing is held for anybody. */
    private void givesBack(List<Integer> healthy) {
      // A client's last write may still be under way.
      boolean unused =
          cluster.runUntil(
              REST_MILLIS_MAX,
              () -> healthy.stream().allMatch(id -> cluster.broker(id).heldBytes() == 0));
      for (int id : healthy) {
        long held = cluster.broker(id).heldBytes();
        if (held != 0) {
          cluster
              .world()
              .violations()
              .add(
                  "G12",
                  "what was held for writes is given back",
                  "broker " + id + " holds " + held + " bytes at rest");
        }
      }
    }

    private void judge(History history) {
      List<Anomaly> anomalies = Checks.all().check(history);
      if (!anomalies.isEmpty()) {
        Anomaly first = anomalies.get(0);
        cluster.world().violations().add(first.guarantee(), first.name(), first.text());
      }
    }
  }
}
