// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.almadia.client.micrometer.ProducerMetrics;
import dev.almadia.v1.Codec;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.ProduceStreamBatch;
import dev.almadia.v1.Record;
import io.grpc.Status;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a producer tells its listener, and what metrics make of it. */
@Timeout(30)
class ProducerListenerTest {
  private final MeterRegistry registry = new SimpleMeterRegistry();
  private final List<BatchReport> reports = new CopyOnWriteArrayList<>();

  /** Keeps the reports, and counts them. */
  private final ProducerListener listener =
      new ProducerListener() {
        private final ProducerMetrics metrics = new ProducerMetrics(registry);

        @Override
        public void opened(Producer producer) {
          metrics.opened(producer);
        }

        @Override
        public void closed(Producer producer) {
          metrics.closed(producer);
        }

        @Override
        public void batchEnded(BatchReport report) {
          reports.add(report);
          metrics.batchEnded(report);
        }

        @Override
        public void streamFailed(String topic, AlmadiaException failure) {
          metrics.streamFailed(topic, failure);
        }
      };

  private final ProducerOptions eachAlone =
      ProducerOptions.defaults()
          .withoutIdempotence()
          .withLinger(Duration.ZERO)
          .withListener(listener);

  @Test
  void hearsWhatBecameOfEachBatchBeforeItsFuturesDo() throws Exception {
    var service = new ScriptedProducerService(10, 1 << 20, (stream, batch) -> null);
    ProducerOptions compressed =
        eachAlone.withLinger(Duration.ofMinutes(1)).withCompression(Codec.CODEC_ZSTD);
    double buffered;
    try (var server = new ScriptedServer(service);
        var client = client(server);
        var producer = client.producer("t", compressed)) {
      var sent = producer.send(record("a".repeat(10_000)));
      var more = producer.send(record("b"));
      buffered = meter("buffered.bytes");

      assertThat(producer.flush(Duration.ofSeconds(10))).isTrue();

      assertThat(sent).isCompleted();
      assertThat(more).isCompleted();
    }
    BatchReport report = reports.get(0);
    assertThat(reports).hasSize(1);
    assertThat(report.topic()).isEqualTo("t");
    assertThat(report.records()).isEqualTo(2);
    assertThat(report.bytes()).isGreaterThan(10_000).isEqualTo((long) buffered);
    assertThat(report.sentBytes()).isBetween(1L, 1_000L);
    assertThat(report.sends()).isEqualTo(1);
    assertThat(report.nanos()).isGreaterThanOrEqualTo(report.ackNanos());
    assertThat(report.failure()).isNull();
    assertThat(meter("sent.bytes")).isEqualTo(report.sentBytes());
    assertThat(registry.get("almadia.producer.ack").timer().count()).isEqualTo(1);
  }

  @Test
  void countsOutcomesAndResends() throws Exception {
    var service = new ScriptedProducerService(10, 1 << 20, ProducerListenerTest::brokenOrTooLarge);
    try (var server = new ScriptedServer(service);
        var client = client(server);
        var unsure = client.producer("t", eachAlone);
        var stubborn = client.producer("t", eachAlone.withResend(true))) {
      assertThat(unsure.send(record("good"))).succeedsWithin(Duration.ofSeconds(10));
      assertThat(unsure.send(record("broken"))).failsWithin(Duration.ofSeconds(10));
      assertThat(unsure.send(record("large"))).failsWithin(Duration.ofSeconds(10));
      assertThat(stubborn.send(record("broken once"))).succeedsWithin(Duration.ofSeconds(10));
    }

    assertThat(records("applied")).isEqualTo(2);
    assertThat(records("not_applied")).isEqualTo(1);
    assertThat(records("unknown")).isEqualTo(1);
    assertThat(meter("resends")).isEqualTo(1);
    assertThat(meter("buffered.bytes")).isZero();
    assertThat(failures("RECORD_TOO_LARGE")).isEqualTo(1);
    assertThat(failures("UNAVAILABLE")).isEqualTo(2);
    assertThat(reports).extracting(BatchReport::sends).containsExactlyInAnyOrder(1, 1, 1, 2);
  }

  @Test
  void aListenerThatThrowsHoldsNothingUp() throws Exception {
    ProducerListener broken =
        new ProducerListener() {
          @Override
          public void batchEnded(BatchReport report) {
            throw new IllegalStateException("a broken listener");
          }
        };
    var service = new ScriptedProducerService(10, 1 << 20, (stream, batch) -> null);
    try (var server = new ScriptedServer(service);
        var client = client(server);
        var producer = client.producer("t", eachAlone.withListener(broken))) {
      assertThat(producer.send(record("a"))).succeedsWithin(Duration.ofSeconds(10));
      assertThat(producer.flush(Duration.ofSeconds(10))).isTrue();
    }
  }

  private static @Nullable Throwable brokenOrTooLarge(int stream, ProduceStreamBatch batch) {
    if (batch.getBatch().getRecords().getRecordsCount() == 0) {
      return null;
    }
    String value = batch.getBatch().getRecords().getRecords(0).getValue().toStringUtf8();
    return switch (value) {
      case "broken" -> Status.UNAVAILABLE.asRuntimeException();
      case "broken once" ->
          batch.getBatchId() == 1 ? Status.UNAVAILABLE.asRuntimeException() : null;
      case "large" ->
          ScriptedServer.error(
              ErrorReason.ERROR_REASON_RECORD_TOO_LARGE,
              "too large",
              Map.of("batch_id", String.valueOf(batch.getBatchId())));
      default -> null;
    };
  }

  private double records(String outcome) {
    return registry.get("almadia.producer.records").tag("outcome", outcome).counter().count();
  }

  private double failures(String reason) {
    return registry.get("almadia.producer.stream.failures").tag("reason", reason).counter().count();
  }

  /** Value of a counter or gauge of the topic. */
  private double meter(String name) {
    return registry
        .get("almadia.producer." + name)
        .tag("topic", "t")
        .meter()
        .measure()
        .iterator()
        .next()
        .getValue();
  }

  private static AlmadiaClient client(ScriptedServer server) {
    return AlmadiaClient.connect(List.of(server.address()), Duration.ofSeconds(5));
  }

  private static Record record(String value) {
    return Record.newBuilder().setValue(ByteString.copyFromUtf8(value)).build();
  }
}
