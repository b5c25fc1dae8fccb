// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client.micrometer;

import dev.almadia.client.AlmadiaException;
import dev.almadia.client.BatchReport;
import dev.almadia.client.Producer;
import dev.almadia.client.ProducerListener;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * What producers do, as meters with the tag {@code topic} and the names {@code almadia.producer.}
 * and:
 *
 * <ul>
 *   <li>{@code records}: counter by {@code outcome}: applied, not_applied, unknown
 *   <li>{@code batch.bytes}: summary of the sizes of batches before compression
 *   <li>{@code sent.bytes}: counter of bytes of records as they were sent, resends included
 *   <li>{@code resends}: counter of batches that were sent again
 *   <li>{@code ack}: timer from the last sending of a batch to its acknowledgement
 *   <li>{@code delivery}: timer from the first record of a batch to its acknowledgement
 *   <li>{@code stream.failures}: counter of streams that ended with an error, by {@code reason}
 *   <li>{@code buffered.bytes}: gauge of bytes that are not acknowledged yet
 * </ul>
 *
 * <p>Any thread; one may serve all producers.
 */
public final class ProducerMetrics implements ProducerListener {
  private static final String PREFIX = "almadia.producer.";

  private final MeterRegistry registry;
  private final Map<String, OfTopic> topics = new ConcurrentHashMap<>();

  /** Metrics in a registry. */
  public ProducerMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  @Override
  public void opened(Producer producer) {
    boolean unused = of(producer.topic()).producers.add(producer);
  }

  @Override
  public void closed(Producer producer) {
    boolean unused = of(producer.topic()).producers.remove(producer);
  }

  @Override
  public void batchEnded(BatchReport report) {
    OfTopic meters = of(report.topic());
    int failed = report.notAppliedRecords() + report.unknownRecords();
    meters.applied.increment(report.records() - failed);
    meters.notApplied.increment(report.notAppliedRecords());
    meters.unknown.increment(report.unknownRecords());
    meters.batchBytes.record((double) report.bytes());
    meters.sentBytes.increment((double) report.sentBytes() * report.sends());
    meters.resends.increment(Math.max(0, report.sends() - 1));
    if (report.failure() == null) {
      meters.ack.record(report.ackNanos(), TimeUnit.NANOSECONDS);
      meters.delivery.record(report.nanos(), TimeUnit.NANOSECONDS);
    }
  }

  @Override
  public void streamFailed(String topic, AlmadiaException failure) {
    String reason = failure.reason().isEmpty() ? failure.code().name() : failure.reason();
    registry.counter(PREFIX + "stream.failures", "topic", topic, "reason", reason).increment();
  }

  private OfTopic of(String topic) {
    return topics.computeIfAbsent(topic, name -> new OfTopic(registry, name));
  }

  /** The meters of a topic. */
  private static final class OfTopic {
    private final Set<Producer> producers = ConcurrentHashMap.newKeySet();
    private final Counter applied;
    private final Counter notApplied;
    private final Counter unknown;
    private final Counter sentBytes;
    private final Counter resends;
    private final DistributionSummary batchBytes;
    private final Timer ack;
    private final Timer delivery;

    private OfTopic(MeterRegistry registry, String topic) {
      String records = PREFIX + "records";
      applied = registry.counter(records, "topic", topic, "outcome", "applied");
      notApplied = registry.counter(records, "topic", topic, "outcome", "not_applied");
      unknown = registry.counter(records, "topic", topic, "outcome", "unknown");
      sentBytes = registry.counter(PREFIX + "sent.bytes", "topic", topic);
      resends = registry.counter(PREFIX + "resends", "topic", topic);
      batchBytes = registry.summary(PREFIX + "batch.bytes", "topic", topic);
      ack = registry.timer(PREFIX + "ack", "topic", topic);
      delivery = registry.timer(PREFIX + "delivery", "topic", topic);
      Gauge.builder(PREFIX + "buffered.bytes", producers, OfTopic::bufferedBytes)
          .tag("topic", topic)
          .register(registry);
    }

    private static double bufferedBytes(Set<Producer> producers) {
      return producers.stream().mapToLong(Producer::bufferedBytes).sum();
    }
  }
}
