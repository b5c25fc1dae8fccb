// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.workload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.history.History;
import dev.almadia.history.check.Checks;
import dev.almadia.simulation.cluster.ClusterOptions;
import dev.almadia.simulation.cluster.Convergence;
import dev.almadia.simulation.cluster.SimBroker;
import dev.almadia.simulation.cluster.SimCluster;
import dev.almadia.simulation.kernel.SimRandom;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.function.ObjLongConsumer;
import org.junit.jupiter.api.Test;

class WorkloadTest {
  private static final long MILLIS = 20_000;

  /** A run of a seed, and what the clients did. */
  private record Run(SimCluster cluster, History history, SortedMap<String, Long> operations) {
    long count(String ending) {
      return operations.entrySet().stream()
          .filter(one -> one.getKey().endsWith(" " + ending))
          .mapToLong(Map.Entry::getValue)
          .sum();
    }
  }

  private static Run run(long seed, ObjLongConsumer<SimCluster> eachSecond) {
    SimRandom random = new SimRandom(seed);
    SimCluster cluster = new SimCluster(random, ClusterOptions.draw(random.split("options")), null);
    cluster.brokers().forEach(SimBroker::start);
    rests(cluster);
    Workload workload =
        new Workload(cluster, WorkloadOptions.draw(random.split("workload options"), 0, MILLIS));
    workload.start();
    for (long second = 0; second < MILLIS / 1_000; second++) {
      cluster.runFor(1_000);
      eachSecond.accept(cluster, second);
    }
    cluster.brokers().forEach(SimBroker::start);
    rests(cluster);
    History history = workload.finish(all(cluster), 30_000);
    return new Run(cluster, history, workload.operations());
  }

  private static List<Integer> all(SimCluster cluster) {
    return cluster.brokers().stream().map(SimBroker::id).toList();
  }

  private static void rests(SimCluster cluster) {
    Convergence convergence = Convergence.atRest(cluster, all(cluster));
    boolean rested = cluster.runUntil(30_000, () -> convergence.missing() == null);
    assertThat(cluster.world().violations().first()).isNull();
    assertThat(rested).as(() -> String.valueOf(convergence.missing())).isTrue();
  }

  private static void isClean(Run run) {
    assertThat(run.cluster().world().violations().first()).isNull();
    assertThat(Checks.all().check(run.history())).isEmpty();
  }

  @Test
  void aCalmClusterServesEveryClientAndLosesNothing() {
    for (long seed = 1; seed <= 5; seed++) {
      Run run = run(seed, (cluster, second) -> {});
      isClean(run);
      assertThat(run.operations())
          .containsKeys("produce applied", "fetch ok", "resolve ok", "create topic applied");
      assertThat(run.count("applied") + run.count("ok")).isGreaterThan(150);
    }
  }

  /** A broker in turn is killed or loses its power, and comes back two seconds later. */
  private static void crash(SimCluster cluster, long second) {
    if (second % 4 == 1) {
      cluster.broker((int) (second % cluster.brokers().size()) + 1).kill(second % 8 == 1);
    } else if (second % 4 == 3) {
      cluster.brokers().forEach(SimBroker::start);
    }
  }

  @Test
  void aCrashLeavesUnknownOutcomesAndACleanHistory() {
    long unknown = 0;
    for (long seed = 1; seed <= 5; seed++) {
      Run run = run(seed, WorkloadTest::crash);
      isClean(run);
      unknown += run.count("unknown");
    }
    assertThat(unknown).isPositive();
  }

  @Test
  void aSeedGivesTheSameHistoryTwice() {
    Run one = run(3, WorkloadTest::crash);
    Run other = run(3, WorkloadTest::crash);
    assertThat(other.history()).isEqualTo(one.history());
    assertThat(other.cluster().world().trace().hash())
        .isEqualTo(one.cluster().world().trace().hash());
  }
}
