// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.mutants;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Looks for the first seed of a range that shows a planted bug, on several threads. The answer does
 * not depend on how many.
 */
final class Hunt implements AutoCloseable {
  /** Real time; a bug may make a run endless. */
  private static final long SEED_SECONDS_MAX = 120;

  /**
   * What was found.
   *
   * @param seeds how many it took
   * @param seed the last of them
   * @param message what was broken, as the simulator says it
   */
  record Found(long seeds, long seed, String message) {}

  private final ExecutorService pool =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "hunt");
            thread.setDaemon(true);
            return thread;
          });
  private final LoadedSimulator sound;
  private final int threads;

  /**
   * Hunts.
   *
   * @param sound the code as it is: what fails there too is not the planted bug
   */
  Hunt(LoadedSimulator sound, int threads) {
    this.sound = sound;
    this.threads = threads;
  }

  /** The first seed from {@code firstSeed} on that shows it; null if {@code seedsMax} do not. */
  @Nullable Found first(LoadedSimulator mutant, long firstSeed, long seedsMax) {
    Search search = new Search(mutant, firstSeed, firstSeed + seedsMax);
    List<Future<?>> workers = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      workers.add(pool.submit(search::work));
    }
    for (Future<?> worker : workers) {
      join(worker);
    }
    return search.best();
  }

  private static void join(Future<?> worker) {
    try {
      worker.get();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** Runs the seed; a run without an end is a find too. */
  private @Nullable String runBounded(LoadedSimulator simulator, long seed) {
    Future<@Nullable String> run = pool.submit(() -> simulator.run(seed));
    try {
      return run.get(SEED_SECONDS_MAX, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      return "endless: no end after " + SEED_SECONDS_MAX + " s of real time";
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private boolean isSound(long seed) {
    String message = runBounded(sound, seed);
    if (message != null && message.startsWith(LoadedSimulator.THROWN)) {
      // No scenario of this name, for example: nothing would ever be found.
      throw new IllegalStateException("the simulator does not run: " + message);
    }
    return message == null;
  }

  @Override
  public void close() {
    pool.shutdownNow();
  }

  /** One search; seeds are given out in order, and those below a find are run to their end. */
  private final class Search {
    private final LoadedSimulator mutant;
    private final long firstSeed;
    private final long endSeed;
    private final TreeMap<Long, String> found = new TreeMap<>();
    private long next;

    private Search(LoadedSimulator mutant, long firstSeed, long endSeed) {
      this.mutant = mutant;
      this.firstSeed = firstSeed;
      this.endSeed = endSeed;
      this.next = firstSeed;
    }

    private void work() {
      for (long seed = take(); seed < endSeed; seed = take()) {
        String message = runBounded(mutant, seed);
        if (message != null && isSound(seed)) {
          add(seed, message);
        }
      }
    }

    private synchronized long take() {
      return found.isEmpty() ? next++ : endSeed;
    }

    private synchronized void add(long seed, String message) {
      found.put(seed, message);
    }

    private synchronized @Nullable Found best() {
      if (found.isEmpty()) {
        return null;
      }
      long seed = found.firstKey();
      return new Found(seed - firstSeed + 1, seed, found.get(seed));
    }
  }
}
