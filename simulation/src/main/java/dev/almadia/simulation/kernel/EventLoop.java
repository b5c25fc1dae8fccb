// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.kernel;

import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Virtual time, and everything that is going to happen in it, in the order of (time, number). The
 * one thread of the simulation runs it; nothing here or behind it may ask a real clock.
 */
public final class EventLoop {
  /** Something that is going to happen; may be called off. */
  public static final class Event implements Comparable<Event> {
    private final long atNanos;
    private final long number;
    private @Nullable Runnable action;

    private Event(long atNanos, long number, Runnable action) {
      this.atNanos = atNanos;
      this.number = number;
      this.action = action;
    }

    /** It will not happen. */
    public void cancel() {
      action = null;
    }

    /** When it happens. */
    public long atNanos() {
      return atNanos;
    }

    @Override
    public int compareTo(Event other) {
      int byTime = Long.compare(atNanos, other.atNanos);
      return byTime != 0 ? byTime : Long.compare(number, other.number);
    }

    @Override
    public boolean equals(Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return Long.hashCode(number);
    }
  }

  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private long nowNanos;
  private long made;
  private long done;

  /** Nanoseconds since the start. */
  public long nowNanos() {
    return nowNanos;
  }

  /** Events run so far. */
  public long done() {
    return done;
  }

  /** Events that wait. */
  public int waiting() {
    return events.size();
  }

  /** Something that happens at this time, or now if that is over. */
  public Event at(long nanos, Runnable action) {
    Event event = new Event(Math.max(nanos, nowNanos), made++, action);
    events.add(event);
    return event;
  }

  /** Something that happens after so long. */
  public Event after(long delayNanos, Runnable action) {
    return at(nowNanos + Math.max(0, delayNanos), action);
  }

  /** Runs the next event up to this time; if there is none, time is there at once. */
  public boolean runNext(long untilNanos) {
    Event next = events.peek();
    if (next == null || next.atNanos > untilNanos) {
      nowNanos = Math.max(nowNanos, untilNanos);
      return false;
    }
    events.poll();
    nowNanos = next.atNanos;
    Runnable action = next.action;
    if (action != null) {
      next.action = null;
      done++;
      action.run();
    }
    return true;
  }
}
