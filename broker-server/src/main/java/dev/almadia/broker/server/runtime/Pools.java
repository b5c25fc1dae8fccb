// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.runtime;

import dev.almadia.broker.server.config.BrokerConfig;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The broker's helpers beside shards and event loops. Reads that block have a bounded pool and a
 * bounded queue; a read that finds it full is refused at once. Links have a timer thread of their
 * own, so that no other task can delay a reconnect.
 */
final class Pools implements AutoCloseable {
  private static final long CLOSE_MS = 2000;

  private final ThreadPoolExecutor reads;
  private final ScheduledThreadPoolExecutor timers;
  private final ScheduledThreadPoolExecutor links;

  Pools(String prefix, BrokerConfig.Threads threads, MeterRegistry meters) {
    reads =
        new ThreadPoolExecutor(
            threads.readThreads(),
            threads.readThreads(),
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(threads.readQueueMax()),
            named(prefix + "read-"),
            new ThreadPoolExecutor.AbortPolicy());
    timers = timer(prefix + "timer-");
    links = timer(prefix + "links-");
    Gauge.builder("almadia.read.queue", reads, pool -> pool.getQueue().size()).register(meters);
    Gauge.builder("almadia.read.active", reads, ThreadPoolExecutor::getActiveCount)
        .register(meters);
    Gauge.builder("almadia.timer.queue", timers, pool -> pool.getQueue().size()).register(meters);
  }

  private static ScheduledThreadPoolExecutor timer(String name) {
    ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, named(name));
    timer.setRemoveOnCancelPolicy(true);
    timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    return timer;
  }

  private static ThreadFactory named(String prefix) {
    AtomicInteger number = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, prefix + number.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }

  ThreadPoolExecutor reads() {
    return reads;
  }

  ScheduledExecutorService timers() {
    return timers;
  }

  ScheduledExecutorService links() {
    return links;
  }

  /** Waits for reads that run, because the store is closed next. */
  @Override
  public void close() {
    timers.shutdownNow();
    links.shutdownNow();
    reads.shutdownNow();
    try {
      boolean unused = reads.awaitTermination(CLOSE_MS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
