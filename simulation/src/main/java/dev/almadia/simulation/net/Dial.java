// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.net;

import dev.almadia.simulation.kernel.EventLoop;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to connect. It goes on asking while the way is cut, is refused when nobody listens,
 * and hangs while the other process stands still, until it gives up.
 */
final class Dial {
  private static final long ASK_AGAIN_NANOS = 1_000_000_000;

  /** What becomes of it: one of the two, once, in the process that dials. */
  interface Outcome {
    void connected(SimSocket socket);

    void failed(String why);
  }

  /** Where to, and how. */
  record Target(int hostId, String port, KeepAlive own, KeepAlive theirs) {}

  private final SimHost from;
  private final Target target;
  private final Outcome outcome;
  private final EventLoop loop;
  private long askAgainNanos = ASK_AGAIN_NANOS;
  private boolean done;
  private EventLoop.@Nullable Event timeout;

  private Dial(SimHost from, Target target, Outcome outcome) {
    this.from = from;
    this.target = target;
    this.outcome = outcome;
    this.loop = from.process().loop();
  }

  static Dial start(SimHost from, Target target, long timeoutNanos, Outcome outcome) {
    Dial dial = new Dial(from, target, outcome);
    dial.timeout = from.process().after(timeoutNanos, () -> dial.fail("connect timed out"));
    dial.ask();
    return dial;
  }

  /** Nobody waits for the outcome any more. */
  void giveUp() {
    finish();
  }

  private void ask() {
    if (done || !from.process().isAlive()) {
      return;
    }
    Way way = way();
    if (way.isOpen()) {
      loop.after(way.streamDelayNanos(), this::asked);
    } else {
      askLater();
    }
  }

  private void askLater() {
    loop.after(askAgainNanos, this::ask);
    askAgainNanos *= 2;
  }

  private void asked() {
    if (done) {
      return;
    }
    Way back = from.network().way(target.hostId(), from.id());
    if (!way().isOpen()) {
      askLater();
      return;
    }
    SimHost there = from.network().host(target.hostId());
    Consumer<SimSocket> acceptor = there == null ? null : there.acceptor(target.port());
    if (there != null && acceptor != null) {
      accept(there, acceptor);
    } else if (back.isOpen()) {
      loop.after(
          back.streamDelayNanos(), () -> from.process().run(() -> fail("connection refused")));
    } else {
      askLater();
    }
  }

  private void accept(SimHost there, Consumer<SimSocket> acceptor) {
    SimSocket socket = SimSocket.pair(from, there, target.own(), target.theirs());
    socket.serve(null, this::fail);
    SimSocket accepted = socket.peer();
    there
        .process()
        .run(
            () -> {
              acceptor.accept(accepted);
              accepted.send(() -> connected(socket));
            });
  }

  private void connected(SimSocket socket) {
    if (done) {
      socket.close();
      return;
    }
    finish();
    outcome.connected(socket);
  }

  private void fail(String why) {
    if (!done) {
      finish();
      outcome.failed(why);
    }
  }

  private void finish() {
    done = true;
    EventLoop.Event event = timeout;
    if (event != null) {
      event.cancel();
    }
  }

  private Way way() {
    return from.network().way(from.id(), target.hostId());
  }
}
