// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.peer;

import dev.almadia.broker.server.config.Endpoint;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What links need from the broker.
 *
 * @param self this broker
 * @param rules who may be a peer
 * @param addresses internal address of a broker, null if it is not known
 * @param timers one thread; all of a link's state belongs to it
 * @param nanoTime monotonic clock
 * @param queueBytesMax what may wait on each stream
 */
public record PeerWorld(
    int self,
    HelloRules rules,
    IntFunction<@Nullable Endpoint> addresses,
    ScheduledExecutorService timers,
    LongSupplier nanoTime,
    long queueBytesMax) {
  /** Internal address of a broker, null if it is not known. */
  @Nullable Endpoint addressOf(int brokerId) {
    return addresses.apply(brokerId);
  }
}
