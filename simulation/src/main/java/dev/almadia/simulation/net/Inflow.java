// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.net;

import dev.almadia.simulation.kernel.SimProcess;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Messages that one side of a call received: they are given out as they are asked for, and the end
 * comes behind the last one. What was given out is told to the sender now and then, whose window it
 * opens again.
 */
final class Inflow {
  private final SimProcess process;
  private final Consumer<byte[]> taker;
  private final IntConsumer credits;
  private final int creditBytes;
  private final ArrayDeque<byte[]> queue = new ArrayDeque<>();
  private int requested;
  private int takenBytes;
  private boolean draining;
  private boolean drainComes;
  private @Nullable Runnable end;

  /**
   * An inflow.
   *
   * @param taker gets each message, always in an event of the process
   * @param credits told about bytes that were given out
   */
  Inflow(SimProcess process, int windowBytes, Consumer<byte[]> taker, IntConsumer credits) {
    this.process = process;
    this.taker = taker;
    this.credits = credits;
    creditBytes = windowBytes / 2;
  }

  void request(int messages) {
    requested = (int) Math.min(Integer.MAX_VALUE, (long) requested + messages);
    if (!draining && !drainComes && !queue.isEmpty()) {
      drainComes = true;
      process.after(
          0,
          () -> {
            drainComes = false;
            drain();
          });
    }
  }

  /** In an event of the process. */
  void arrived(byte[] message) {
    if (end == null) {
      queue.add(message);
      drain();
    }
  }

  /** The task runs when everything before was given out. In an event of the process. */
  void end(Runnable atEnd) {
    if (end == null) {
      end = atEnd;
      drain();
    }
  }

  /** Nothing is given out any more. */
  void stop() {
    queue.clear();
    end = () -> {};
  }

  private void drain() {
    if (draining) {
      return;
    }
    draining = true;
    try {
      while (requested > 0) {
        byte[] message = queue.poll();
        if (message == null) {
          break;
        }
        requested--;
        taken(message.length);
        taker.accept(message);
      }
    } finally {
      draining = false;
    }
    Runnable atEnd = end;
    if (atEnd != null && queue.isEmpty()) {
      end = () -> {};
      atEnd.run();
    }
  }

  private void taken(int bytes) {
    takenBytes += bytes;
    if (takenBytes >= creditBytes) {
      credits.accept(takenBytes);
      takenBytes = 0;
    }
  }
}
