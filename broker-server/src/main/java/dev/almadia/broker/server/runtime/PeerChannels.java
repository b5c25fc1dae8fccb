// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.runtime;

import dev.almadia.broker.server.config.Endpoint;
import dev.almadia.broker.server.grpc.GrpcServers;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * One channel to each other broker's internal port, for forwarded calls; apart from the channels of
 * Raft, so that users' data cannot delay it. As many as there are brokers. Any thread.
 */
final class PeerChannels implements AutoCloseable {
  private static final long PING_SECONDS = 10;
  private static final long PING_TIMEOUT_SECONDS = 4;
  private static final int WINDOW_BYTES = 4 << 20;

  /** A channel and where it leads. */
  private record Known(Endpoint address, ManagedChannel channel) {}

  private final IntFunction<@Nullable Endpoint> addresses;
  private final Function<Endpoint, ManagedChannel> opener;
  private final Map<Integer, Known> channels = new ConcurrentHashMap<>();
  // Set once by the thread that closes, read by any.
  private volatile boolean closed;

  PeerChannels(
      IntFunction<@Nullable Endpoint> addresses, Function<Endpoint, ManagedChannel> opener) {
    this.addresses = addresses;
    this.opener = opener;
  }

  @Nullable ManagedChannel channelTo(int brokerId) {
    Endpoint address = addresses.apply(brokerId);
    if (address == null || closed) {
      return null;
    }
    Known fast = channels.get(brokerId);
    if (fast != null && fast.address().equals(address)) {
      return fast.channel();
    }
    Known known =
        channels.compute(
            brokerId,
            (id, old) -> {
              if (old != null && old.address().equals(address)) {
                return old;
              }
              if (old != null) {
                old.channel().shutdown();
              }
              return new Known(address, opener.apply(address));
            });
    if (closed) {
      known.channel().shutdownNow();
    }
    return known.channel();
  }

  /** A channel to an internal port. */
  static ManagedChannel open(Endpoint address) {
    return NettyChannelBuilder.forAddress(address.host(), address.port())
        .usePlaintext()
        .directExecutor()
        .disableRetry()
        .maxInboundMessageSize(GrpcServers.INTERNAL_MESSAGE_BYTES_MAX)
        .flowControlWindow(WINDOW_BYTES)
        .keepAliveTime(PING_SECONDS, TimeUnit.SECONDS)
        .keepAliveTimeout(PING_TIMEOUT_SECONDS, TimeUnit.SECONDS)
        .build();
  }

  /** The broker is there again: the channel's own back-off may have grown to minutes. */
  void reachable(int brokerId) {
    Known known = channels.get(brokerId);
    if (known != null) {
      known.channel().resetConnectBackoff();
    }
  }

  @Override
  public void close() {
    closed = true;
    channels.values().forEach(known -> known.channel().shutdownNow());
  }
}
