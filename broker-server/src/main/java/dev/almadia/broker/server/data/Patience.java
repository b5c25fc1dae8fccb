// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.server.BrokerContext;
import dev.almadia.v1.ErrorReason;
import io.grpc.Deadline;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How long one call goes on trying to find a leader, and the pauses in between. A failover takes a
 * fraction of a second, and a caller should see it as latency, not as an error. One thread at a
 * time.
 */
final class Patience {
  private static final long FIRST_PAUSE_MS = 20;
  private static final int DOUBLINGS_MAX = 3;

  /** Kept from the call's deadline, so that the answer still arrives. */
  private static final long MARGIN_MS = 100;

  private final BrokerContext broker;
  private final long untilNanos;
  private int tries;

  private Patience(BrokerContext broker, long untilNanos) {
    this.broker = broker;
    this.untilNanos = untilNanos;
  }

  /** Until the deadline less a margin, at most for this long. */
  static Patience of(BrokerContext broker, @Nullable Deadline deadline, long maxMs) {
    long millis = maxMs;
    if (deadline != null) {
      millis = Math.min(millis, deadline.timeRemaining(TimeUnit.MILLISECONDS) - MARGIN_MS);
    }
    return new Patience(
        broker, broker.nanoTime() + TimeUnit.MILLISECONDS.toNanos(Math.max(0, millis)));
  }

  /** Pause before the next try in milliseconds, with jitter; -1 if there is no time for one. */
  long nextPauseMs() {
    long full = FIRST_PAUSE_MS << Math.min(tries++, DOUBLINGS_MAX);
    long pause = full / 2 + broker.random((int) (full / 2 + 1));
    long left = TimeUnit.NANOSECONDS.toMillis(untilNanos - broker.nanoTime());
    return pause > left ? -1 : pause;
  }

  /** Whether the same call may succeed a little later, and was certainly not applied. */
  static boolean mayPass(BrokerError error) {
    ErrorReason reason = error.reason();
    return reason == ErrorReason.ERROR_REASON_NO_LEADER
        || reason == ErrorReason.ERROR_REASON_NOT_LEADER
        || reason == ErrorReason.ERROR_REASON_QUORUM_LOST
        || reason == ErrorReason.ERROR_REASON_BROKER_STOPPING
        || reason == ErrorReason.ERROR_REASON_BROKER_STARTING;
  }

  /**
   * The same for an answer of another broker that this one sent the call to: it may not have heard
   * yet of a topic that this one knows.
   */
  static boolean mayPassThere(BrokerError error) {
    ErrorReason reason = error.reason();
    return mayPass(error)
        || reason == ErrorReason.ERROR_REASON_TOPIC_NOT_FOUND
        || reason == ErrorReason.ERROR_REASON_PARTITION_NOT_FOUND;
  }
}
