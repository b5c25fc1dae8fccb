// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.run;

import java.util.concurrent.TimeUnit;

/**
 * Which seeds to run, and when to stop. Immutable.
 *
 * @param seeds the seeds
 * @param run all else of the runs; its seed is replaced
 * @param jobs threads, at least 1
 * @param timeBoxNanos real time after which no more seeds are begun; 0 for none
 * @param failuresMax failures after which no more seeds are begun, at least 1
 */
public record SearchSpec(
    SeedRange seeds, RunSpec run, int jobs, long timeBoxNanos, int failuresMax) {
  /** One seed in so many is run twice. */
  public static final int REPEAT_EACH = 20;

  /** Fewer operations than this mean nothing. */
  public static final long OPERATIONS_MIN = 20;

  /**
   * Real time for one run. A run takes about a second; one that takes so much longer goes round in
   * a circle.
   */
  public static final long RUN_NANOS_MAX = TimeUnit.MINUTES.toNanos(5);

  /** All on this machine's cores until the first failure. */
  public static SearchSpec of(SeedRange seeds, RunSpec run) {
    return new SearchSpec(seeds, run, Runtime.getRuntime().availableProcessors(), 0, 1);
  }

  /** The same on so many threads. */
  public SearchSpec withJobs(int threads) {
    return new SearchSpec(seeds, run, threads, timeBoxNanos, failuresMax);
  }

  /** The same with a time box; 0 for none. */
  public SearchSpec withTimeBoxNanos(long nanos) {
    return new SearchSpec(seeds, run, jobs, nanos, failuresMax);
  }

  /** The same that goes on until there are so many failures. */
  public SearchSpec withFailuresMax(int failures) {
    return new SearchSpec(seeds, run, jobs, timeBoxNanos, failures);
  }
}
