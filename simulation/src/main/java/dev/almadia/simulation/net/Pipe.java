// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.net;

import dev.almadia.simulation.kernel.EventLoop;
import dev.almadia.simulation.kernel.SimProcess;
import java.util.ArrayDeque;

/**
 * One direction of a connection: what is sent arrives in order, in the receiver's process. A cut
 * way holds it, as a sender that sends it again and again does; who gives up is the connection.
 */
final class Pipe {
  private final EventLoop loop;
  private final Way way;
  private final SimProcess receiver;
  private final Runnable nobody;
  private final ArrayDeque<Runnable> held = new ArrayDeque<>();
  private long lastArrivalNanos;

  /**
   * A pipe.
   *
   * @param nobody runs when something arrives and the receiver has ended
   */
  Pipe(Way way, SimProcess receiver, Runnable nobody) {
    this.loop = receiver.loop();
    this.way = way;
    this.receiver = receiver;
    this.nobody = nobody;
  }

  /** The task runs in the receiver's process when it has arrived there. */
  void send(Runnable task) {
    lastArrivalNanos = Math.max(lastArrivalNanos, loop.nowNanos() + way.streamDelayNanos());
    loop.at(lastArrivalNanos, () -> arrive(task));
  }

  private void arrive(Runnable task) {
    if (way.isOpen() && held.isEmpty()) {
      take(task);
      return;
    }
    if (held.isEmpty()) {
      way.await(this);
    }
    held.add(task);
  }

  /** The way is open again. */
  void flush() {
    while (way.isOpen()) {
      Runnable task = held.poll();
      if (task == null) {
        return;
      }
      take(task);
    }
    if (!held.isEmpty()) {
      way.await(this);
    }
  }

  private void take(Runnable task) {
    if (receiver.isAlive()) {
      receiver.run(task);
    } else {
      nobody.run();
    }
  }
}
