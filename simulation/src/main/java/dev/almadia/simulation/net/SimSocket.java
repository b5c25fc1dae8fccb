// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.net;

import dev.almadia.simulation.kernel.SimProcess;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One end of a connection between two processes, ordered and reliable while it lasts. What is sent
 * is a task that runs in the process at the other end; it finds what it works on with {@link
 * #app()} of that end.
 *
 * <p>Life: open, then ended, once: closed by its own side, or broken, which {@code onBroken} hears
 * in its process: the other side closed or reset it, its process ended, or it was silent too long.
 */
final class SimSocket {
  private final SimHost host;
  private final int peerId;
  private final KeepAlive keepAlive;
  private @Nullable SimSocket peer;
  private @Nullable Pipe out;
  private @Nullable Object app;
  private Consumer<String> onBroken = why -> {};
  private boolean open = true;
  private boolean resetSent;
  private long lastReadNanos;
  private long pingedNanos = Long.MIN_VALUE;
  private long lastTickNanos;

  private SimSocket(SimHost host, int peerId, KeepAlive keepAlive) {
    this.host = host;
    this.peerId = peerId;
    this.keepAlive = keepAlive;
  }

  /** A connection; returns the end of the first host. */
  static SimSocket pair(SimHost one, SimHost other, KeepAlive oneKeeps, KeepAlive otherKeeps) {
    SimSocket first = new SimSocket(one, other.id(), oneKeeps);
    SimSocket second = new SimSocket(other, one.id(), otherKeeps);
    first.join(second);
    second.join(first);
    return first;
  }

  private void join(SimSocket other) {
    peer = other;
    out = pipe();
    host.opened(this);
    lastReadNanos = process().nanoTime();
    lastTickNanos = lastReadNanos;
    // Ends of connections do not ping in step.
    process().after(host.random().below(keepAlive.pingNanos()), this::tick);
  }

  SimSocket peer() {
    return Objects.requireNonNull(peer);
  }

  /** Another way to send to the other end: in order with itself, and not with anything else. */
  Pipe pipe() {
    return new Pipe(host.network().way(host.id(), peerId), peer().process(), this::unheard);
  }

  SimProcess process() {
    return host.process();
  }

  SimHost host() {
    return host;
  }

  int peerId() {
    return peerId;
  }

  boolean isOpen() {
    return open;
  }

  /** Whatever works on this end, set by it. */
  @Nullable Object app() {
    return app;
  }

  void serve(@Nullable Object newApp, Consumer<String> whenBroken) {
    app = newApp;
    onBroken = whenBroken;
  }

  /** Sends; nothing happens if this end is no longer open. */
  void send(Runnable atPeer) {
    if (open && process().isAlive()) {
      SimSocket receiver = peer();
      Objects.requireNonNull(out).send(() -> receiver.read(atPeer));
    }
  }

  /** The same through another pipe of this end. */
  void send(Pipe pipe, Runnable atPeer) {
    if (open && process().isAlive()) {
      SimSocket receiver = peer();
      pipe.send(() -> receiver.read(atPeer));
    }
  }

  /** Something arrived for this end. */
  void read(Runnable task) {
    if (open) {
      lastReadNanos = process().nanoTime();
      task.run();
    } else {
      reset();
    }
  }

  /** Ends it from this side; the other side hears it behind what was sent. */
  void close() {
    if (end()) {
      tellPeer("closed by the other side");
    }
  }

  /** Its process ended; the kernel tells the other side, unless the machine went too. */
  void abandon(boolean silently) {
    if (end() && !silently) {
      tellPeer("connection reset by peer");
    }
  }

  /** Somebody in between resets it, for this end. */
  void injectReset() {
    process().run(() -> broken("connection reset"));
  }

  private void tellPeer(String why) {
    SimSocket receiver = peer();
    Objects.requireNonNull(out).send(() -> receiver.broken(why));
  }

  /** Sends a reset for something that nobody can take, once. */
  private void reset() {
    if (!resetSent) {
      resetSent = true;
      tellPeer("connection reset by peer");
    }
  }

  /** What this end sent came to a machine whose process ended. */
  private void unheard() {
    SimHost there = host.network().host(peerId);
    if (there != null && there != peer().host) {
      // A new process runs there: its kernel knows nothing of this connection.
      peer().reset();
    }
  }

  private boolean end() {
    boolean was = open;
    open = false;
    if (was) {
      host.closed(this);
    }
    return was;
  }

  private void broken(String why) {
    if (end()) {
      onBroken.accept(why);
    }
  }

  private void tick() {
    if (!open) {
      return;
    }
    long now = process().nanoTime();
    if (now - lastTickNanos > 2 * keepAlive.pingNanos()) {
      // This process stood still itself: what arrived meanwhile may not have been read yet.
      lastReadNanos = now;
    }
    lastTickNanos = now;
    boolean unanswered = pingedNanos > lastReadNanos;
    if (unanswered && now - pingedNanos >= keepAlive.timeoutNanos()) {
      if (end()) {
        host.network().trace().add(host.id(), "hears nothing of {}: connection ends", peerId);
        onBroken.accept("keepalive timed out");
      }
      return;
    }
    if (!unanswered && now - lastReadNanos >= keepAlive.pingNanos() / 2) {
      pingedNanos = now;
      SimSocket receiver = peer();
      send(() -> receiver.send(() -> {}));
    }
    long nextNanos = pingedNanos == now ? keepAlive.timeoutNanos() : keepAlive.pingNanos();
    process().after(Math.min(nextNanos, keepAlive.pingNanos()), this::tick);
  }
}
