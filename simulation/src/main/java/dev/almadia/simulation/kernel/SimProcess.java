// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.kernel;

import java.util.ArrayDeque;
import java.util.function.Consumer;

/**
 * A process of the simulated world: a broker or a client. It has clocks of its own, can be paused
 * (what becomes due waits, and happens at once and in order when it goes on, as after SIGSTOP), and
 * ends (what was due never happens). A restart is a new process.
 */
public final class SimProcess {
  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final long PARTS_PER_MILLION = 1_000_000;

  private final int id;
  private final EventLoop loop;
  private final SimRandom random;
  private final SimClock clock;
  private final Consumer<Throwable> defects;
  private final ArrayDeque<Runnable> held = new ArrayDeque<>();
  private boolean alive = true;
  private boolean paused;

  /**
   * A running process.
   *
   * @param id for the trace: brokers positive, clients negative
   * @param clock of its machine
   * @param defects hears of what a task threw, which no task may do
   */
  public SimProcess(
      int id, EventLoop loop, SimRandom random, SimClock clock, Consumer<Throwable> defects) {
    this.id = id;
    this.loop = loop;
    this.random = random;
    this.clock = clock;
    this.defects = defects;
  }

  /** For the trace. */
  public int id() {
    return id;
  }

  /** The world's events. */
  public EventLoop loop() {
    return loop;
  }

  /** Chance of this process. */
  public SimRandom random() {
    return random;
  }

  /** Whether it has not ended. */
  public boolean isAlive() {
    return alive;
  }

  /** Whether it stands still. */
  public boolean isPaused() {
    return paused;
  }

  /** Its monotonic clock. */
  public long nanoTime() {
    return clock.monotonicNanos(loop.nowNanos());
  }

  /** Its wall clock. */
  public long wallMillis() {
    return clock.wallMillis(loop.nowNanos());
  }

  /** Runs something in it now: at once, when it goes on, or never. */
  public void run(Runnable task) {
    if (!alive) {
      return;
    }
    if (paused) {
      held.add(task);
      return;
    }
    try {
      task.run();
    } catch (Throwable thrown) {
      defects.accept(thrown);
    }
  }

  /** Runs something in it after so long on its own clock. */
  public EventLoop.Event after(long delayNanos, Runnable task) {
    long worldNanos = delayNanos - delayNanos / PARTS_PER_MILLION * clock.driftPpm();
    return loop.after(worldNanos, () -> run(task));
  }

  /** The same in milliseconds. */
  public EventLoop.Event afterMillis(long delayMillis, Runnable task) {
    return after(delayMillis * NANOS_PER_MILLI, task);
  }

  /** It stands still. */
  public void pause() {
    paused = true;
  }

  /** It goes on, with all that became due. */
  public void resume() {
    paused = false;
    while (!held.isEmpty() && alive && !paused) {
      run(held.poll());
    }
  }

  /** It ends. */
  public void end() {
    alive = false;
    held.clear();
  }
}
