// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.core.metadata.BrokerImage;
import dev.almadia.broker.server.BrokerContext;
import dev.almadia.v1.GoingAway;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What one stream is told when its broker is drained, and again when it stops. A drained broker
 * goes on serving, so that it can be used by clients that know no other; one that stops ends the
 * stream after a grace. One thread at a time.
 */
final class Farewell {
  private static final int GRACE_MS = 1_000;

  private final BrokerContext broker;
  private boolean saidDrained;
  private boolean saidStopping;
  private long stopsAtNanos;

  Farewell(BrokerContext broker) {
    this.broker = broker;
  }

  /** What to say now; null if there is no need. To be asked a few times a second. */
  @Nullable GoingAway turn() {
    if (broker.isStopping()) {
      if (saidStopping) {
        return null;
      }
      saidStopping = true;
      stopsAtNanos = broker.nanoTime() + TimeUnit.MILLISECONDS.toNanos(GRACE_MS);
      return message(GRACE_MS, "the broker is stopping");
    }
    if (!broker.isLeaving()) {
      // It may be drained again.
      saidDrained = false;
      return null;
    }
    if (saidDrained) {
      return null;
    }
    saidDrained = true;
    return message(0, "the broker is drained");
  }

  /** Whether the stream has to end. */
  boolean isOver() {
    return saidStopping && broker.nanoTime() - stopsAtNanos >= 0;
  }

  private GoingAway message(int graceMillis, String reason) {
    GoingAway.Builder message = GoingAway.newBuilder().setGraceMs(graceMillis).setReason(reason);
    for (BrokerImage other : broker.image().brokers().values()) {
      if (other.brokerId() != broker.brokerId()
          && other.isActive()
          && broker.isReachable(other.brokerId())) {
        message.addEndpoints(other.endpoint());
      }
    }
    return message.build();
  }
}
