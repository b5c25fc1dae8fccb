// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.net;

import dev.almadia.raft.link.Lane;
import dev.almadia.raft.link.PeerBatch;
import dev.almadia.simulation.kernel.EventLoop;
import dev.almadia.simulation.kernel.SimProcess;
import org.jspecify.annotations.Nullable;

/**
 * Our own connection to one peer, with its two lanes. Keeps trying: 50 ms after an end at first,
 * and 1 s at most.
 */
final class OutboundLink {
  private static final long BACKOFF_MIN_MILLIS = 50;
  private static final long BACKOFF_MAX_MILLIS = 1000;

  /** For connection and hello together. */
  private static final long HELLO_TIMEOUT_NANOS = 5_000_000_000L;

  private static final long GHOST_NANOS_MAX = 10_000_000_000L;
  private static final long REORDER_NANOS_MAX = 200_000_000;

  private final SimLinks links;
  private final SimProcess process;
  private final int brokerId;
  private final LinkState state;
  private long backoffMillis = BACKOFF_MIN_MILLIS;
  private boolean closed;
  private @Nullable Attempt current;
  private EventLoop.@Nullable Event next;

  OutboundLink(SimLinks links, int brokerId, LinkState state) {
    this.links = links;
    this.brokerId = brokerId;
    this.state = state;
    process = links.host().process();
  }

  void start() {
    attemptAfterMillis(0);
  }

  private void attemptAfterMillis(long millis) {
    EventLoop.Event planned = next;
    if (planned != null) {
      planned.cancel();
    }
    next = process.afterMillis(millis, this::attempt);
  }

  private void attemptLater() {
    if (!closed) {
      attemptAfterMillis(backoffMillis);
      backoffMillis = Math.min(BACKOFF_MAX_MILLIS, backoffMillis * 2);
    }
  }

  /** The peer is there: do not wait for the back-off. */
  void nudge() {
    backoffMillis = BACKOFF_MIN_MILLIS;
    start();
  }

  boolean send(Lane lane, PeerBatch batch) {
    Attempt attempt = current;
    return attempt != null && attempt.up && attempt.send(Frame.of(lane, batch));
  }

  /** Ends the present connection, if any; it is tried again. */
  void cut() {
    Attempt attempt = current;
    if (attempt != null) {
      ended(attempt);
    }
  }

  void close() {
    closed = true;
    cut();
  }

  private void attempt() {
    if (closed || current != null) {
      return;
    }
    if (!links.mayLink(brokerId)) {
      attemptLater();
      return;
    }
    Attempt attempt = new Attempt();
    current = attempt;
    attempt.begin();
  }

  private void ended(Attempt attempt) {
    if (current != attempt) {
      return;
    }
    current = null;
    if (attempt.up) {
      links.trace("link to {} ends", brokerId);
    }
    attempt.end();
    state.outbound(false);
    attemptLater();
  }

  /** What was sent on a lane and has not been taken. */
  private static final class UnderWay {
    private long nowBytes;

    boolean add(long bytes, long bytesMax) {
      // A batch larger than the bound goes if nothing is under way, else it could never go.
      boolean fits = nowBytes == 0 || nowBytes + bytes <= bytesMax;
      nowBytes += fits ? bytes : 0;
      return fits;
    }

    void remove(long bytes) {
      nowBytes -= bytes;
    }
  }

  /** One try, from its beginning to its end. */
  final class Attempt implements Dial.Outcome {
    private @Nullable Dial dial;
    private @Nullable SimSocket socket;
    private @Nullable Pipe data;
    private final UnderWay controlUnderWay = new UnderWay();
    private final UnderWay dataUnderWay = new UnderWay();
    private boolean up;

    void begin() {
      Dial.Target target =
          new Dial.Target(brokerId, SimLinks.PORT, KeepAlive.CHANNEL, KeepAlive.PEER);
      dial = Dial.start(links.host(), target, HELLO_TIMEOUT_NANOS, this);
      process.after(
          HELLO_TIMEOUT_NANOS,
          () -> {
            if (!up) {
              ended(this);
            }
          });
    }

    @Override
    public void connected(SimSocket made) {
      socket = made;
      data = made.pipe();
      made.serve(this, why -> ended(this));
      int self = links.host().id();
      made.send(() -> atPeer(made).hello(self, this));
    }

    @Override
    public void failed(String why) {
      ended(this);
    }

    /** The peer took the hello. */
    void answered() {
      if (current == this) {
        up = true;
        backoffMillis = BACKOFF_MIN_MILLIS;
        links.trace("link to {} is up", brokerId);
        state.outbound(true);
      }
    }

    private InboundLink atPeer(SimSocket made) {
      if (made.peer().app() instanceof InboundLink inbound) {
        return inbound;
      }
      throw new IllegalStateException("the other end is not a link");
    }

    boolean send(Frame frame) {
      SimSocket made = socket;
      Pipe dataPipe = data;
      if (made == null || dataPipe == null) {
        return false;
      }
      if (!underWay(frame).add(frame.bytes(), links.options().laneBytesMax())) {
        links.trace("frame to {} finds a full lane", brokerId);
        return false;
      }
      if (links.options().mode() == LinkOptions.Mode.DATAGRAMS) {
        throwInto(made, frame);
        return true;
      }
      Runnable arrival =
          () -> {
            underWay(frame).remove(frame.bytes());
            atPeer(made).receive(frame);
          };
      if (frame.lane() == Lane.DATA) {
        made.send(dataPipe, arrival);
      } else {
        made.send(arrival);
      }
      return true;
    }

    private UnderWay underWay(Frame frame) {
      return switch (frame.lane()) {
        case CONTROL -> controlUnderWay;
        case DATA -> dataUnderWay;
      };
    }

    private void throwInto(SimSocket made, Frame frame) {
      Way way = links.host().network().way(links.host().id(), brokerId);
      NetworkOptions.WayState now = way.state();
      long delayNanos = way.delayNanos();
      if (now.reorder() > 0 && way.random.chance(now.reorder())) {
        delayNanos += way.random.below(REORDER_NANOS_MAX);
      }
      if (now.duplicates() > 0 && way.random.chance(now.duplicates())) {
        long ghostNanos = GHOST_NANOS_MAX >> way.random.below(Integer.SIZE);
        links.trace("frame to {} will arrive twice", brokerId);
        process.loop().after(delayNanos + ghostNanos, () -> ghost(way, made, frame));
      }
      boolean lost = now.loss() > 0 && way.random.chance(now.loss());
      process.loop().after(delayNanos, () -> arrive(way, made, frame, lost));
    }

    private void arrive(Way way, SimSocket made, Frame frame, boolean lost) {
      if (lost || !way.isOpen()) {
        underWay(frame).remove(frame.bytes());
        links.trace("frame to {} is lost", brokerId);
        return;
      }
      made.peer()
          .process()
          .run(
              () -> {
                underWay(frame).remove(frame.bytes());
                made.peer().read(() -> atPeer(made).receive(frame));
              });
    }

    /** A second arrival of a frame, maybe long after the link that carried it has ended. */
    private void ghost(Way way, SimSocket made, Frame frame) {
      if (way.isOpen() && made.peer().app() instanceof InboundLink inbound) {
        made.peer().process().run(() -> inbound.ghost(links.host().id(), frame));
      }
    }

    void end() {
      up = false;
      Dial trying = dial;
      if (trying != null) {
        trying.giveUp();
      }
      SimSocket made = socket;
      if (made != null) {
        made.close();
      }
    }
  }
}
