// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.net;

import dev.almadia.simulation.kernel.EventLoop;
import dev.almadia.simulation.kernel.SimClock;
import dev.almadia.simulation.kernel.SimProcess;
import dev.almadia.simulation.kernel.SimRandom;
import dev.almadia.simulation.kernel.Trace;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/** A loop, a network and processes on it. */
final class World {
  static final long MILLI = 1_000_000;

  final EventLoop loop = new EventLoop();
  final Trace trace = new Trace(loop, 100, null);
  final SimRandom random;
  final SimNetwork network;
  final List<Throwable> defects = new ArrayList<>();

  World(long seed, NetworkOptions options) {
    random = new SimRandom(seed);
    network = new SimNetwork(loop, random.split("net"), trace, options);
  }

  World() {
    this(1, NetworkOptions.calm());
  }

  SimProcess start(int id) {
    // Each machine's clock shows something else.
    SimClock clock = new SimClock(0, id * 1_000_000_000L);
    SimProcess process = new SimProcess(id, loop, random.split("process", id), clock, defects::add);
    SimHost unused = network.start(process);
    return process;
  }

  void kill(SimProcess process) {
    process.end();
    network.end(process);
  }

  void runMillis(long millis) {
    long until = loop.nowNanos() + millis * MILLI;
    while (loop.runNext(until)) {
      throwDefects();
    }
  }

  /** Milliseconds until it was so; fails if it is not after so many. */
  long runUntil(BooleanSupplier isSo, long millisMax) {
    long from = loop.nowNanos();
    while (!isSo.getAsBoolean()) {
      if (!loop.runNext(from + millisMax * MILLI)) {
        throw new AssertionError(
            "not within " + millisMax + " ms:\n" + String.join("\n", trace.lastLines(40)));
      }
      throwDefects();
    }
    return (loop.nowNanos() - from) / MILLI;
  }

  private void throwDefects() {
    if (!defects.isEmpty()) {
      throw new AssertionError("a task threw", defects.get(0));
    }
  }
}
