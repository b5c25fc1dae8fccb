// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import dev.almadia.v1.ProduceRequest;
import dev.almadia.v1.ProduceResponse;
import dev.almadia.v1.ProducerServiceGrpc;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;

/**
 * A client of an Almadia cluster.
 *
 * <p>Any broker serves any call, so one address is enough; with several, the next is used when one
 * fails. Connections are made on first use, pinged every 10 s while calls are under way, and take
 * messages up to 16 MiB. Any thread. Close it when done.
 */
public final class AlmadiaClient implements AutoCloseable {
  private static final Duration TIMEOUT_MIN = Duration.ofMillis(1);
  private static final Duration TIMEOUT_MAX = Duration.ofHours(24);
  private static final int ADDRESSES_MAX = 100;

  private final Brokers brokers;
  private final Calls calls;
  private final Duration timeout;
  private final ScheduledThreadPoolExecutor timer;

  private AlmadiaClient(List<HostAndPort> addresses, Duration timeout) {
    this.brokers = new Brokers(addresses);
    this.calls = new Calls(brokers);
    this.timeout = timeout;
    this.timer =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "almadia-client-timer");
              thread.setDaemon(true);
              return thread;
            });
    timer.setRemoveOnCancelPolicy(true);
  }

  /**
   * A client.
   *
   * @param addresses brokers to start from, 1 to 100
   * @param timeout for each blocking call, with all its retries; 1 ms to 24 h
   * @throws IllegalArgumentException if a value is out of range
   */
  public static AlmadiaClient connect(List<HostAndPort> addresses, Duration timeout) {
    if (addresses.isEmpty() || addresses.size() > ADDRESSES_MAX) {
      throw new IllegalArgumentException("1 to " + ADDRESSES_MAX + " addresses are needed");
    }
    if (timeout.compareTo(TIMEOUT_MIN) < 0 || timeout.compareTo(TIMEOUT_MAX) > 0) {
      throw new IllegalArgumentException("the timeout must be from 1 ms to 24 h");
    }
    return new AlmadiaClient(List.copyOf(addresses), timeout);
  }

  /** As {@link #connect(List, Duration)} with addresses separated by commas and 10 s. */
  public static AlmadiaClient connect(String addresses) {
    return connect(HostAndPort.parseList(addresses), Duration.ofSeconds(10));
  }

  /** Calls about topics and the cluster. */
  public Admin admin() {
    return new Admin(brokers, calls, timeout);
  }

  /** Reads single stretches of partitions. */
  public Reader reader() {
    return new Reader(calls, timeout);
  }

  /** A producer for one topic. Nothing is sent before the first record. */
  public Producer producer(String topic, ProducerOptions options) {
    return Producer.open(new ProducerContext(brokers, timer, topic, options));
  }

  /**
   * Reads the given stretches until their ends, or for ever. See {@link Subscription}.
   *
   * @param stretches at least one, each partition at most once
   */
  public Subscription subscribe(String topic, List<Stretch> stretches) {
    return new Subscription(brokers, timer, topic, stretches);
  }

  /**
   * Appends one batch and waits. Tried again, at the next broker, only while it certainly was not
   * applied.
   *
   * @throws AlmadiaException with the outcome
   */
  public ProduceResponse produce(ProduceRequest request) {
    return calls.write(ProducerServiceGrpc.getProduceMethod(), request, timeout);
  }

  /**
   * Appends one batch with a single try at the broker in use. If that fails, later calls go to the
   * next broker. The future completes on a gRPC thread and fails with {@link AlmadiaException}.
   */
  public CompletableFuture<ProduceResponse> produceOnce(ProduceRequest request, Duration deadline) {
    return calls.once(ProducerServiceGrpc.getProduceMethod(), request, deadline);
  }

  /** Ends all calls under way and closes the connections, within about two seconds. */
  @Override
  public void close() {
    timer.shutdownNow();
    brokers.close();
  }
}
