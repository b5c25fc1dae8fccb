// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.net;

import dev.almadia.simulation.kernel.EventLoop;
import dev.almadia.simulation.kernel.SimRandom;
import java.util.ArrayList;
import java.util.List;

/**
 * One direction between two hosts. Has chance of its own, so that a fault here does not change what
 * happens elsewhere.
 */
final class Way {
  private static final long RESEND_NANOS = 200_000_000;
  private static final int RESENDS_MAX = 4;
  private static final int CLOG_HALVINGS = 6;

  /** A sender that met a cut tries again after at most so long. */
  private static final long RETRY_NANOS_MAX = 1_000_000_000;

  final SimRandom random;
  private final EventLoop loop;
  private final List<Pipe> waiting = new ArrayList<>();
  private NetworkOptions.WayState state;
  private boolean open = true;
  private long cutNanos;
  private long cloggedUntilNanos;

  Way(EventLoop loop, SimRandom random, NetworkOptions.WayState state) {
    this.loop = loop;
    this.random = random;
    this.state = state;
  }

  boolean isOpen() {
    return open;
  }

  NetworkOptions.WayState state() {
    return state;
  }

  void set(NetworkOptions.WayState changed) {
    state = changed;
  }

  /** Returns whether it was open. */
  boolean cut() {
    boolean was = open;
    if (was) {
      open = false;
      cutNanos = loop.nowNanos();
    }
    return was;
  }

  /** What a cut held goes on, when the sender tries again. Returns whether it was cut. */
  boolean open() {
    if (open) {
      return false;
    }
    open = true;
    List<Pipe> woken = List.copyOf(waiting);
    waiting.clear();
    long retryNanos = Math.min(RETRY_NANOS_MAX, loop.nowNanos() - cutNanos);
    for (Pipe pipe : woken) {
      loop.after(delayNanos() + random.below(retryNanos + 1), pipe::flush);
    }
    return true;
  }

  /** It stands still for so long. */
  void clog(long nanos) {
    cloggedUntilNanos = Math.max(cloggedUntilNanos, loop.nowNanos() + nanos);
  }

  void unclog() {
    cloggedUntilNanos = 0;
  }

  void await(Pipe pipe) {
    waiting.add(pipe);
  }

  /** How long something takes that is sent now. */
  long delayNanos() {
    long now = loop.nowNanos();
    if (state.clogs() > 0 && now >= cloggedUntilNanos && random.chance(state.clogs())) {
      cloggedUntilNanos = now + (state.clogNanosMax() >> random.below(CLOG_HALVINGS));
    }
    long jitter = state.jitterNanos();
    long nanos = state.minNanos() + (jitter == 0 ? 0 : random.below(2 * jitter + 1));
    return Math.max(0, cloggedUntilNanos - now) + nanos;
  }

  /** The same for bytes of a connection: a loss is a pause there, until they are sent again. */
  long streamDelayNanos() {
    long nanos = delayNanos();
    long pauseNanos = RESEND_NANOS;
    for (int i = 0; i < RESENDS_MAX && state.loss() > 0 && random.chance(state.loss()); i++) {
      nanos += pauseNanos;
      pauseNanos *= 2;
    }
    return nanos;
  }
}
