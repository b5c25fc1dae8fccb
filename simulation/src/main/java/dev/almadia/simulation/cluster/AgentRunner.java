// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.cluster;

import dev.almadia.raft.shard.RaftAgent;
import dev.almadia.simulation.kernel.EventLoop;
import dev.almadia.simulation.kernel.SimProcess;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Does for an agent what its thread does: a turn when it is woken or its pause is over. A turn
 * takes no time itself; what it would take passes before it, so that work gathers meanwhile, as it
 * does while a disk syncs.
 */
final class AgentRunner {
  private final SimProcess process;
  private final RaftAgent agent;
  private final LongSupplier turnNanos;
  private final Runnable afterTurn;
  private final BiConsumer<String, Throwable> onFailure;
  private EventLoop.@Nullable Event next;
  private boolean awake;
  private boolean ended;

  /**
   * A runner; {@link #wake} starts it.
   *
   * @param turnNanos what the next turn takes
   * @param afterTurn called when something was done
   */
  AgentRunner(
      SimProcess process,
      RaftAgent agent,
      LongSupplier turnNanos,
      Runnable afterTurn,
      BiConsumer<String, Throwable> onFailure) {
    this.process = process;
    this.agent = agent;
    this.turnNanos = turnNanos;
    this.afterTurn = afterTurn;
    this.onFailure = onFailure;
  }

  /** There is work. */
  void wake() {
    if (!awake && !ended) {
      awake = true;
      if (next != null) {
        next.cancel();
      }
      next = process.after(turnNanos.getAsLong(), this::turn);
    }
  }

  private void turn() {
    awake = false;
    int done;
    try {
      done = agent.doWork();
    } catch (RuntimeException | Error e) {
      ended = true;
      onFailure.accept(agent.name(), e);
      return;
    }
    if (ended) {
      return;
    }
    if (done > 0) {
      afterTurn.run();
    }
    if (!awake && process.isAlive()) {
      if (done > 0) {
        wake();
      } else {
        next = process.after(Math.max(1, agent.idleNanos()), this::wake);
      }
    }
  }

  /** No turn comes any more. */
  void end() {
    ended = true;
  }
}
