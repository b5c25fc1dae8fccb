// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.kernel;

import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Delayed;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The executor of a simulated process: tasks run in virtual time, a little after they are due, one
 * at a time. Unlike the executors of the JDK it does not swallow what a task throws.
 */
public final class SimTimers extends AbstractExecutorService implements ScheduledExecutorService {
  private final SimProcess process;
  private final long latencyNanosMax;
  private boolean shutdown;

  /**
   * Timers of a process.
   *
   * @param latencyNanosMax tasks start late by up to this much
   */
  public SimTimers(SimProcess process, long latencyNanosMax) {
    this.process = process;
    this.latencyNanosMax = latencyNanosMax;
  }

  private long latencyNanos() {
    return latencyNanosMax == 0 ? 0 : process.random().below(latencyNanosMax + 1);
  }

  @Override
  public void execute(Runnable task) {
    if (shutdown) {
      throw new RejectedExecutionException("has been shut down");
    }
    process.after(latencyNanos(), task);
  }

  @Override
  public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
    return new Task<>(
            () -> {
              task.run();
              return null;
            },
            -1)
        .start(unit.toNanos(delay));
  }

  @Override
  public <V> ScheduledFuture<V> schedule(Callable<V> task, long delay, TimeUnit unit) {
    return new Task<>(task, -1).start(unit.toNanos(delay));
  }

  @Override
  public ScheduledFuture<?> scheduleAtFixedRate(
      Runnable task, long initialDelay, long period, TimeUnit unit) {
    // Nothing of the broker may rely on a fixed rate: it catches up after a pause (reliability I4).
    throw new UnsupportedOperationException("use a fixed delay");
  }

  @Override
  public ScheduledFuture<?> scheduleWithFixedDelay(
      Runnable task, long initialDelay, long delay, TimeUnit unit) {
    return new Task<>(
            () -> {
              task.run();
              return null;
            },
            unit.toNanos(delay))
        .start(unit.toNanos(initialDelay));
  }

  @Override
  public void shutdown() {
    shutdown = true;
  }

  @Override
  public List<Runnable> shutdownNow() {
    shutdown = true;
    return List.of();
  }

  @Override
  public boolean isShutdown() {
    return shutdown;
  }

  @Override
  public boolean isTerminated() {
    return shutdown;
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    return shutdown;
  }

  /** One task, once or again and again. */
  private final class Task<V> extends CompletableFuture<V> implements ScheduledFuture<V> {
    private final Callable<V> body;
    private final long periodNanos;
    private EventLoop.@Nullable Event next;

    private Task(Callable<V> body, long periodNanos) {
      this.body = body;
      this.periodNanos = periodNanos;
    }

    private Task<V> start(long delayNanos) {
      if (shutdown) {
        throw new RejectedExecutionException("has been shut down");
      }
      next = process.after(Math.max(0, delayNanos) + latencyNanos(), this::due);
      return this;
    }

    private void due() {
      if (isDone() || shutdown) {
        return;
      }
      try {
        V value = body.call();
        if (periodNanos < 0) {
          boolean unused = complete(value);
          return;
        }
      } catch (RuntimeException e) {
        boolean unused = completeExceptionally(e);
        throw e;
      } catch (Exception e) {
        boolean unused = completeExceptionally(e);
        throw new IllegalStateException(e);
      }
      if (!shutdown && !isDone()) {
        next = process.after(periodNanos + latencyNanos(), this::due);
      }
    }

    @Override
    public boolean cancel(boolean mayInterrupt) {
      EventLoop.Event event = next;
      if (event != null) {
        event.cancel();
      }
      return completeExceptionally(new CancellationException());
    }

    @Override
    public long getDelay(TimeUnit unit) {
      EventLoop.Event event = next;
      long nanos = event == null ? 0 : event.atNanos() - process.loop().nowNanos();
      return unit.convert(nanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public int compareTo(Delayed other) {
      return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
    }
  }
}
