// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.run;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs seeds on several threads, one simulation each, until all are done, enough have failed, or
 * time is up.
 *
 * <p>Seeds are begun in ascending order, and a seed that was begun is run to its end even when a
 * higher one has failed meanwhile: so the failures that are reported are the lowest, whatever the
 * number of threads.
 *
 * <p>One seed in {@link SearchSpec#REPEAT_EACH}, and each that broke a promise, is run twice; if
 * the two differ, nothing that the simulator says can be trusted, and that is what is reported.
 *
 * <p>Use once. {@link #run} from one thread.
 */
public final class Search {
  private static final long WATCH_MILLIS = 200;

  private final SeedRunner runner;
  private final SearchSpec spec;
  private final long runNanosMax;
  private final Tally tally = new Tally(SearchSpec.OPERATIONS_MIN);
  private final long startNanos = System.nanoTime();
  private final CountDownLatch working;

  // All below under the lock of this.
  private final List<Failure> failures = new ArrayList<>();
  private final List<Worker> workers = new ArrayList<>();
  private long next;
  private boolean isTimeUp;
  private boolean isOver;

  /** A search; nothing runs yet. */
  public Search(SeedRunner runner, SearchSpec spec) {
    this(runner, spec, SearchSpec.RUN_NANOS_MAX);
  }

  /** With another limit for one run, for tests. */
  Search(SeedRunner runner, SearchSpec spec, long runNanosMax) {
    this.runner = runner;
    this.spec = spec;
    this.runNanosMax = runNanosMax;
    this.next = spec.seeds().first();
    this.working = new CountDownLatch(spec.jobs());
  }

  /**
   * Runs to the end.
   *
   * @param watcher gets the totals a few times a second, on the calling thread
   */
  public SearchResult run(Consumer<Totals> watcher) throws InterruptedException {
    start();
    boolean isDone = false;
    while (!isDone) {
      isDone = working.await(WATCH_MILLIS, TimeUnit.MILLISECONDS) || isAnyStuck();
      watcher.accept(tally.totals());
    }
    return end();
  }

  /** What there is now. Any thread. */
  public Totals totals() {
    return tally.totals();
  }

  private synchronized void start() {
    for (int i = 1; i <= spec.jobs(); i++) {
      Worker worker = new Worker();
      workers.add(worker);
      worker.thread = new Thread(() -> work(worker), "almadia-simulate-" + i);
      // One that is stuck must not keep the process alive.
      worker.thread.setDaemon(true);
      worker.thread.start();
    }
  }

  private synchronized SearchResult end() {
    isOver = true;
    failures.sort(Comparator.comparingLong(failure -> failure.spec().seed()));
    List<Failure> lowest = failures.subList(0, Math.min(failures.size(), spec.failuresMax()));
    return new SearchResult(spec, tally.totals(), lowest, isTimeUp);
  }

  private void work(Worker worker) {
    try {
      for (OptionalLong seed = begin(worker); seed.isPresent(); seed = begin(worker)) {
        runSeed(worker, spec.run().withSeed(seed.getAsLong()));
      }
    } finally {
      working.countDown();
    }
  }

  private synchronized OptionalLong begin(Worker worker) {
    worker.seed = -1;
    if (isOver || next > spec.seeds().last() || failures.size() >= spec.failuresMax()) {
      return OptionalLong.empty();
    }
    worker.beginNanos = System.nanoTime();
    if (spec.timeBoxNanos() > 0 && worker.beginNanos - startNanos >= spec.timeBoxNanos()) {
      isTimeUp = true;
      return OptionalLong.empty();
    }
    worker.seed = next++;
    return OptionalLong.of(worker.seed);
  }

  private void runSeed(Worker worker, RunSpec one) {
    RunResult result = null;
    try {
      result = runner.run(one, null);
      boolean isRepeated =
          result.violation() != null
              || (one.seed() - spec.seeds().first()) % SearchSpec.REPEAT_EACH == 0;
      restartClock(worker);
      if (isRepeated && !isSame(result, runner.run(one, null))) {
        restartClock(worker);
        fail(Failure.Kind.NOT_DETERMINISTIC, one, result, TraceComparison.of(runner, one));
      } else if (result.violation() != null) {
        fail(Failure.Kind.VIOLATION, one, result, List.of());
      }
      tally.add(result, isRepeated);
    } catch (Throwable e) {
      // Of any kind: a seed that brings the simulator down must be named, not lost with its thread.
      fail(Failure.Kind.DEFECT, one, result, lines(e));
    }
  }

  /** Each run has its own limit, also the second one of a seed. */
  private synchronized void restartClock(Worker worker) {
    worker.beginNanos = System.nanoTime();
  }

  private static boolean isSame(RunResult one, RunResult other) {
    return one.traceHash() == other.traceHash() && one.equals(other);
  }

  private synchronized void fail(
      Failure.Kind kind, RunSpec one, @Nullable RunResult result, List<String> details) {
    if (!isOver) {
      failures.add(new Failure(kind, one, result, details));
    }
  }

  private synchronized boolean isAnyStuck() {
    long now = System.nanoTime();
    boolean isAny = false;
    for (Worker worker : workers) {
      if (worker.seed >= 0 && now - worker.beginNanos > runNanosMax) {
        isAny = true;
        List<String> lines = new ArrayList<>();
        lines.add("runs for " + (now - worker.beginNanos) / 1_000_000_000 + " s; its thread is at");
        lines.addAll(stackOf(worker.thread));
        fail(Failure.Kind.STUCK, spec.run().withSeed(worker.seed), null, lines);
      }
    }
    return isAny;
  }

  private static List<String> lines(Throwable e) {
    List<String> lines = new ArrayList<>();
    for (Throwable cause = e; cause != null && lines.size() < 200; cause = cause.getCause()) {
      lines.add(cause.toString().replaceAll("\\p{Cntrl}+", " "));
      lines.addAll(elements(cause.getStackTrace()));
    }
    return lines;
  }

  private static List<String> stackOf(@Nullable Thread thread) {
    return thread == null ? List.of() : elements(thread.getStackTrace());
  }

  private static List<String> elements(StackTraceElement[] stack) {
    return Arrays.stream(stack).limit(40).map(element -> "  at " + element).toList();
  }

  /** A thread and what it does. */
  private static final class Worker {
    private @Nullable Thread thread;
    private long seed = -1;
    private long beginNanos;
  }
}
