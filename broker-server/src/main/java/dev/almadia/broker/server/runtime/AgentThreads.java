// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.runtime;

import dev.almadia.raft.shard.RaftAgent;
import dev.almadia.raft.shard.Waker;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A thread for each agent. An idle agent looks a few times more, because the next message is often
 * only microseconds away, and then parks: with two cores a spinning thread takes time from the one
 * that it waits for.
 */
final class AgentThreads {
  private static final int SPINS = 20;
  private static final long JOIN_MILLIS = 5000;

  /** Agents' threads by name; a waker may be made before its thread. */
  private final Map<String, AtomicReference<@Nullable Thread>> threads = new ConcurrentHashMap<>();

  private final String prefix;
  private final BiConsumer<String, Throwable> onFailure;
  // Read by all agents' threads each turn.
  private volatile boolean stopped;

  /**
   * Threads of one broker.
   *
   * @param onFailure hears that an agent threw, which none may; it is not run again
   */
  AgentThreads(String prefix, BiConsumer<String, Throwable> onFailure) {
    this.prefix = prefix;
    this.onFailure = onFailure;
  }

  /** Wakes the agent of this name. */
  Waker waker(String name) {
    AtomicReference<@Nullable Thread> thread = slot(name);
    return () -> LockSupport.unpark(thread.get());
  }

  private AtomicReference<@Nullable Thread> slot(String name) {
    return threads.computeIfAbsent(name, unused -> new AtomicReference<>());
  }

  void start(List<RaftAgent> agents) {
    for (RaftAgent agent : agents) {
      Thread thread = new Thread(() -> run(agent), prefix + agent.name());
      thread.setDaemon(false);
      slot(agent.name()).set(thread);
      thread.start();
    }
  }

  private void run(RaftAgent agent) {
    int idle = 0;
    while (!stopped) {
      int done;
      try {
        done = agent.doWork();
      } catch (RuntimeException | Error e) {
        onFailure.accept(agent.name(), e);
        return;
      }
      if (done > 0) {
        idle = 0;
      } else if (idle < SPINS) {
        idle++;
        Thread.onSpinWait();
      } else {
        LockSupport.parkNanos(agent.idleNanos());
      }
    }
  }

  /** Ends all threads after their present turn, and waits for them. */
  void stop() {
    stopped = true;
    List<Thread> all = new ArrayList<>();
    for (AtomicReference<@Nullable Thread> slot : threads.values()) {
      Thread thread = slot.get();
      if (thread != null && thread != Thread.currentThread()) {
        LockSupport.unpark(thread);
        all.add(thread);
      }
    }
    for (Thread thread : all) {
      try {
        thread.join(JOIN_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
