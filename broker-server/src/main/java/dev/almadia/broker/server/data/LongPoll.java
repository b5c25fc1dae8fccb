// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import com.google.common.util.concurrent.MoreExecutors;
import dev.almadia.broker.server.BrokerContext;
import dev.almadia.raft.shard.GroupView;
import io.grpc.Context;
import io.grpc.Deadline;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits, without a thread, until a group's view is as wanted, the time is over, or the call ends;
 * then runs what follows, once. Whatever happens, listener and timer are gone afterwards.
 */
final class LongPoll {
  private static final Logger LOG = LoggerFactory.getLogger(LongPoll.class);

  private final AtomicBoolean over = new AtomicBoolean();
  private final Runnable next;
  private final Context context;
  private final Context.CancellationListener onCancel = cancelled -> end();

  // Set once after the wait began and read by whoever ends it; under this object's lock.
  private @Nullable AutoCloseable listening;
  private @Nullable Future<?> timer;

  private LongPoll(Context context, Runnable next) {
    this.context = context;
    this.next = next;
  }

  /** Begins a wait. What follows runs on any thread, also the shard's, and must not block. */
  static void await(
      BrokerContext broker,
      long groupId,
      Predicate<GroupView> wanted,
      Deadline until,
      Context context,
      Runnable next) {
    LongPoll poll = new LongPoll(context, next);
    AutoCloseable listening =
        broker.onViewChange(
            groupId,
            view -> {
              if (wanted.test(view)) {
                poll.end();
              }
            });
    long waitMs = Math.max(1, until.timeRemaining(TimeUnit.MILLISECONDS));
    poll.began(listening, endLater(broker, poll, waitMs));
    context.addListener(poll.onCancel, MoreExecutors.directExecutor());
    if (poll.over.get()) {
      // It ended before the listener was there; a subscription's context lives long.
      context.removeListener(poll.onCancel);
    }
    // What came between the caller's look at the view and the listener.
    GroupView now = broker.groups().view(groupId);
    if (now == null || wanted.test(now)) {
      poll.end();
    }
  }

  /** When the timers have stopped, the broker is at its end: there is nothing to wait for. */
  private static Future<?> endLater(BrokerContext broker, LongPoll poll, long waitMs) {
    try {
      return broker.timers().schedule(poll::end, waitMs, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      poll.end();
      return CompletableFuture.completedFuture(null);
    }
  }

  private void began(AutoCloseable newListening, Future<?> newTimer) {
    synchronized (this) {
      if (!over.get()) {
        listening = newListening;
        timer = newTimer;
        return;
      }
    }
    release(newListening, newTimer);
  }

  private void end() {
    AutoCloseable oldListening;
    Future<?> oldTimer;
    synchronized (this) {
      if (!over.compareAndSet(false, true)) {
        return;
      }
      oldListening = listening;
      oldTimer = timer;
    }
    if (oldListening != null && oldTimer != null) {
      release(oldListening, oldTimer);
    }
    context.removeListener(onCancel);
    next.run();
  }

  private static void release(AutoCloseable listening, Future<?> timer) {
    timer.cancel(false);
    try {
      listening.close();
    } catch (Exception e) {
      LOG.warn("a listener could not be removed", e);
    }
  }
}
