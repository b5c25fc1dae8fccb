// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many seeds on several threads. */
@Timeout(60)
class SearchTest {
  private static SearchSpec seeds(long first, long last) {
    return SearchSpec.of(new SeedRange(first, last), RunSpec.of(0)).withJobs(4);
  }

  private static SearchResult search(SeedRunner runner, SearchSpec spec) throws Exception {
    return new Search(runner, spec).run(totals -> {});
  }

  private static List<Long> failed(SearchResult result) {
    return result.failures().stream().map(failure -> failure.spec().seed()).toList();
  }

  /** The toy with another result for some seeds. */
  private record Changed(Change change) implements SeedRunner {
    interface Change {
      RunResult apply(RunSpec spec, RunResult result, @Nullable Consumer<String> reader);
    }

    @Override
    public RunResult run(RunSpec spec, @Nullable Consumer<String> reader) {
      return change.apply(spec, new ToyRunner().run(spec, reader), reader);
    }
  }

  @Test
  void addsUpWhatAllRunsCameTo() throws Exception {
    SearchResult result = search(new ToyRunner(), seeds(41, 46));
    long events = 0;
    long nanos = 0;
    for (long seed = 41; seed <= 46; seed++) {
      RunResult run = new ToyRunner().run(RunSpec.of(seed), null);
      events += run.traceEvents();
      nanos += run.virtualNanos();
    }
    Totals totals = result.totals();
    assertThat(result.failures()).isEmpty();
    assertThat(totals.done()).isEqualTo(6);
    assertThat(totals.repeated()).isEqualTo(1);
    assertThat(totals.events()).isEqualTo(events);
    assertThat(totals.virtualNanos()).isEqualTo(nanos);
    assertThat(totals.faultCount()).isEqualTo(events);
    assertThat(totals.operations()).containsEntry("produce applied", 480L);
    assertThat(totals.operationCount()).isEqualTo(600);
    assertThat(totals.operationsSucceeded()).isEqualTo(540);
    assertThat(totals.vacuous()).isZero();
    assertThat(Vacuity.of(result)).isEmpty();
  }

  @Test
  void stopsAtTheLowestSeedThatFailsWhateverTheThreads() throws Exception {
    for (int jobs = 1; jobs <= 8; jobs++) {
      SearchResult result = search(new ToyRunner(), seeds(1, 100_000).withJobs(jobs));
      assertThat(failed(result)).containsExactly(7L);
      assertThat(result.totals().done()).isLessThan(100_000);
    }
  }

  @Test
  void goesOnUntilThereAreAsManyFailuresAsWanted() throws Exception {
    assertThat(failed(search(new ToyRunner(), seeds(1, 100_000).withFailuresMax(4))))
        .containsExactly(7L, 17L, 27L, 37L);
    SearchResult all = search(new ToyRunner(), seeds(1, 20).withFailuresMax(4));
    assertThat(failed(all)).containsExactly(7L, 17L);
    assertThat(all.totals().done()).isEqualTo(20);
    // Seeds 1, and those that failed.
    assertThat(all.totals().repeated()).isEqualTo(3);
    assertThat(all.hasViolation()).isTrue();
  }

  @Test
  void beginsNothingWhenTimeIsUp() throws Exception {
    SearchResult result = search(new ToyRunner(), seeds(1, 6).withTimeBoxNanos(1));
    assertThat(result.isTimeUp()).isTrue();
    assertThat(result.totals().done()).isZero();
    assertThat(Vacuity.of(result)).singleElement().asString().contains("no seed was run");
    assertThat(search(new ToyRunner(), seeds(1, 6)).isTimeUp()).isFalse();
  }

  @Test
  void namesTheFirstLineInWhichTwoRunsOfASeedDiffer() throws Exception {
    AtomicLong calls = new AtomicLong();
    SeedRunner unsteady =
        (spec, reader) -> {
          RunResult result = new ToyRunner().run(spec, null);
          long call = calls.incrementAndGet();
          if (reader != null) {
            reader.accept("the same");
            reader.accept("call " + call);
          }
          return new RunResult(
              result.seed(),
              result.options(),
              null,
              call,
              2,
              1,
              result.faults(),
              result.operations(),
              result.plan(),
              List.of());
        };
    SearchResult result = search(unsteady, seeds(1, 50).withJobs(1));
    assertThat(result.hasViolation()).isFalse();
    Failure failure = result.failures().get(0);
    assertThat(failure.kind()).isEqualTo(Failure.Kind.NOT_DETERMINISTIC);
    assertThat(failure.spec().seed()).isEqualTo(1);
    assertThat(failure.details())
        .containsExactly(
            "the traces differ from line 2 on", "first run:  call 3", "second run: call 4");
    assertThat(FailureReport.brief(failure))
        .contains("Seed 1 is not deterministic: two runs of it differ")
        .contains("  almadia simulate --replay 1");
    assertThat(SearchReport.of(result)).anyMatch(line -> line.contains("not all the same"));
  }

  @Test
  void saysWhichOfTwoTracesEndsFirst() {
    AtomicLong calls = new AtomicLong();
    SeedRunner longer =
        new Changed(
            (spec, result, reader) -> {
              if (reader != null && calls.incrementAndGet() == 2) {
                reader.accept("one more");
              }
              return result;
            });
    int lines = ToyRunner.planned(1);
    assertThat(TraceComparison.of(longer, RunSpec.of(1)))
        .containsExactly(
            "the traces differ from line " + (lines + 1) + " on",
            "first run:  (has ended)",
            "second run: one more");
    calls.set(1);
    assertThat(TraceComparison.of(longer, RunSpec.of(1)))
        .containsExactly(
            "the traces differ from line " + (lines + 1) + " on",
            "first run:  one more",
            "second run: (has ended)");
    assertThat(TraceComparison.of(new ToyRunner(), RunSpec.of(1)))
        .containsExactly("run again with their traces, both were the same: " + lines + " lines");
  }

  @Test
  void aSeedThatBringsTheSimulatorDownIsNamedWithItsStack() throws Exception {
    SeedRunner broken =
        new Changed(
            (spec, result, reader) -> {
              if (spec.seed() == 3) {
                throw new StackOverflowError("too deep");
              }
              return result;
            });
    SearchResult result = search(broken, seeds(1, 6));
    assertThat(failed(result)).containsExactly(3L);
    assertThat(result.failures().get(0).kind()).isEqualTo(Failure.Kind.DEFECT);
    assertThat(result.failures().get(0).details().get(0)).contains("too deep");
    assertThat(result.hasViolation()).isFalse();
  }

  @Test
  void aSeedThatDoesNotEndIsNamedWithWhereItIs() throws Exception {
    CountDownLatch forEver = new CountDownLatch(1);
    SeedRunner stuck =
        new Changed(
            (spec, result, reader) -> {
              if (spec.seed() == 5) {
                try {
                  forEver.await();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              }
              return result;
            });
    SearchResult result = new Search(stuck, seeds(1, 6), 1_000_000_000L).run(totals -> {});
    forEver.countDown();
    assertThat(failed(result)).containsExactly(5L);
    assertThat(result.failures().get(0).kind()).isEqualTo(Failure.Kind.STUCK);
    assertThat(result.failures().get(0).details()).anyMatch(line -> line.contains("await"));
  }

  @Test
  void runsWithTooLittleTrafficAreNamed() throws Exception {
    SearchResult few = search(new ToyRunner(), seeds(48, 52));
    assertThat(few.totals().vacuous()).isZero();
    SeedRunner idle =
        new Changed(
            (spec, result, reader) ->
                spec.seed() % 2 == 0 ? withOperations(result, 4, 10) : result);
    SearchResult half = search(idle, seeds(41, 46));
    assertThat(half.totals().vacuousSeeds()).containsExactly(42L, 44L, 46L);
    assertThat(Vacuity.of(half))
        .containsExactly(
            "3 of 6 runs had fewer than 20 operations, or less than half of them succeeded"
                + " (seeds 42, 44, 46)");
    SeedRunner failing = new Changed((spec, result, reader) -> withOperations(result, 49, 51));
    assertThat(search(failing, seeds(41, 46)).totals().vacuous()).isEqualTo(6);
    SeedRunner enough = new Changed((spec, result, reader) -> withOperations(result, 50, 50));
    assertThat(search(enough, seeds(41, 46)).totals().vacuous()).isZero();
  }

  @Test
  void aFaultThatIsNeverThereProvesNothing() throws Exception {
    RunSpec run = RunSpec.of(0).withFaultKinds(List.of("crash", "flood"));
    SearchSpec spec = SearchSpec.of(new SeedRange(1, 250), run).withFailuresMax(1_000).withJobs(4);
    assertThat(Vacuity.of(search(new ToyRunner(), spec)))
        .containsExactly("in 250 runs there was no fault 'flood'");
  }

  @Test
  void theWatcherSeesTheEnd() throws Exception {
    List<Long> seen = new ArrayList<>();
    SearchResult unused =
        new Search(new ToyRunner(), seeds(41, 46)).run(totals -> seen.add(totals.done()));
    assertThat(seen).isSorted().endsWith(6L);
  }

  private static RunResult withOperations(RunResult result, long good, long bad) {
    var operations = new java.util.TreeMap<String, Long>();
    operations.put("produce applied", good);
    operations.put("produce unknown", bad);
    return new RunResult(
        result.seed(),
        result.options(),
        result.violation(),
        result.traceHash(),
        result.traceEvents(),
        result.virtualNanos(),
        result.faults(),
        operations,
        result.plan(),
        result.lastLines());
  }
}
