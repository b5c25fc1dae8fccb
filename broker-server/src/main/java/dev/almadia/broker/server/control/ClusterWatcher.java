// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.control;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.server.grpc.Statuses;
import dev.almadia.v1.ClusterEvent;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * One reader of what happens in the cluster, and what waits for it. What finds no room any more is
 * left out, and counted in the event that follows. Any thread.
 */
final class ClusterWatcher {
  /** An election of every partition of a large cluster, at about 200 bytes each. */
  private static final int WAITING_MAX = 10_000;

  private final ServerCallStreamObserver<ClusterEvent> out;
  private final Deque<ClusterEvent> waiting = new ArrayDeque<>();
  private long skipped;
  private boolean ended;

  ClusterWatcher(ServerCallStreamObserver<ClusterEvent> out) {
    this.out = out;
  }

  /** Keeps the events until they can be sent. */
  synchronized void offer(List<ClusterEvent> events) {
    for (ClusterEvent event : events) {
      if (waiting.size() >= WAITING_MAX) {
        skipped++;
      } else {
        waiting.add(skipped == 0 ? event : event.toBuilder().setSkipped(skipped).build());
        skipped = 0;
      }
    }
  }

  /** Sends as much as the reader takes. */
  synchronized void drain() {
    while (!ended && !out.isCancelled() && out.isReady() && !waiting.isEmpty()) {
      out.onNext(waiting.remove());
    }
    ended |= out.isCancelled();
  }

  /** Ends the call: what waits and was not taken is lost. */
  synchronized void end(BrokerError why) {
    drain();
    if (!ended) {
      ended = true;
      out.onError(Statuses.toException(why));
    }
  }
}
