// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One connection per bootstrap address, and which of them is in use. Any thread.
 *
 * <p>All calls go to one address until a call says that it failed there; then the next address is
 * used, round and round. A late failure of an address that is no longer in use changes nothing.
 */
final class Brokers implements AutoCloseable {
  /** Room for one stored batch of 3 MiB and its frame, and for the largest listing. */
  private static final int INBOUND_BYTES_MAX = 16 << 20;

  private static final int CONNECT_TIMEOUT_MS = 3_000;
  private static final int KEEPALIVE_SECONDS = 10;
  private static final int KEEPALIVE_ANSWER_SECONDS = 5;

  /** Brokers show it to people who ask who began an operation. */
  private static final String USER_AGENT =
      "almadia-java ("
          + System.getProperty("user.name", "unknown").replaceAll("[^\\x21-\\x7e]", "_")
          + ")";

  /** A broker that asked its clients to go is not chosen for so long, if there is another. */
  private static final long LEAVING_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** Number of a broker that is no bootstrap address. */
  private static final int NOT_BOOTSTRAP = -1;

  /** Most brokers beside the bootstrap addresses. */
  private static final int NAMED_MAX = 1_000;

  private final List<Target> targets;

  /** Brokers that others named, by address; also the lock of closed. */
  private final Map<String, Target> named = new HashMap<>();

  private boolean closed;
  private final AtomicInteger current = new AtomicInteger();

  /** Number of a target to when it asked to be left, System.nanoTime. */
  private final Map<Integer, Long> askedNanos = new ConcurrentHashMap<>();

  /**
   * A broker to talk to.
   *
   * @param number its place among the bootstrap addresses, -1 if it is none of them
   */
  record Target(int number, String address, ManagedChannel channel) {}

  Brokers(List<HostAndPort> addresses) {
    List<Target> made = new ArrayList<>();
    for (HostAndPort address : addresses) {
      made.add(new Target(made.size(), address.toString(), channel(address)));
    }
    targets = List.copyOf(made);
  }

  private static ManagedChannel channel(HostAndPort address) {
    return NettyChannelBuilder.forAddress(address.host(), address.port())
        .usePlaintext()
        .userAgent(USER_AGENT)
        .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MS)
        .keepAliveTime(KEEPALIVE_SECONDS, TimeUnit.SECONDS)
        .keepAliveTimeout(KEEPALIVE_ANSWER_SECONDS, TimeUnit.SECONDS)
        .maxInboundMessageSize(INBOUND_BYTES_MAX)
        .build();
  }

  /** Number of addresses, at least 1. */
  int count() {
    return targets.size();
  }

  /** The broker in use. Wakes its connection if it is in back-off. */
  Target current() {
    return awake(targets.get(current.get()));
  }

  /**
   * The broker at an address that another one named. Its connection is kept like those to the
   * bootstrap addresses.
   *
   * @return null if that is no address, or there are too many already
   */
  @Nullable Target at(String endpoint) {
    for (Target target : targets) {
      if (target.address().equals(endpoint)) {
        return awake(target);
      }
    }
    synchronized (named) {
      Target known = named.get(endpoint);
      if (known == null && !closed && named.size() < NAMED_MAX) {
        known = newTarget(endpoint);
      }
      return known == null ? null : awake(known);
    }
  }

  private @Nullable Target newTarget(String endpoint) {
    try {
      Target made = new Target(NOT_BOOTSTRAP, endpoint, channel(HostAndPort.parse(endpoint)));
      named.put(endpoint, made);
      return made;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static Target awake(Target target) {
    // gRPC doubles its reconnect pause up to two minutes; callers here have their own back-off.
    if (target.channel().getState(true) == ConnectivityState.TRANSIENT_FAILURE) {
      target.channel().resetConnectBackoff();
    }
    return target;
  }

  /** Notes that a call failed at this broker: the next address is used from now on. */
  void failed(Target target) {
    boolean unused = current.compareAndSet(target.number(), next(target, List.of()));
  }

  /**
   * Notes that a broker asked its clients to go elsewhere, and goes there.
   *
   * @param endpoints public addresses that it named; preferred where they are among those known
   *     here
   * @return where to; null if no other broker is known that did not ask the same
   */
  @Nullable Target leave(Target target, List<String> endpoints) {
    askedNanos.put(target.number(), System.nanoTime());
    int next = next(target, endpoints);
    if (isLeft(next)) {
      return null;
    }
    boolean unused = current.compareAndSet(target.number(), next);
    int used = current.get();
    return isLeft(used) ? targets.get(next) : targets.get(used);
  }

  /** The next one round; rather one that did not ask to be left, best one that was named. */
  private int next(Target from, List<String> endpoints) {
    int simply = (from.number() + 1) % targets.size();
    int willing = -1;
    for (int i = 0; i < targets.size() - 1; i++) {
      int number = (simply + i) % targets.size();
      if (isLeft(number)) {
        continue;
      }
      if (endpoints.contains(targets.get(number).address())) {
        return number;
      }
      willing = willing < 0 ? number : willing;
    }
    return willing < 0 ? simply : willing;
  }

  private boolean isLeft(int number) {
    Long asked = askedNanos.get(number);
    return asked != null && System.nanoTime() - asked < LEAVING_NANOS;
  }

  /** Closes all connections; calls under way fail. Waits at most two seconds. */
  @Override
  public void close() {
    List<Target> all = new ArrayList<>(targets);
    synchronized (named) {
      closed = true;
      all.addAll(named.values());
    }
    all.forEach(target -> target.channel().shutdownNow());
    long endNanos = System.nanoTime() + Duration.ofSeconds(2).toNanos();
    try {
      for (Target target : all) {
        long leftNanos = Math.max(0, endNanos - System.nanoTime());
        if (!target.channel().awaitTermination(leftNanos, TimeUnit.NANOSECONDS)) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
