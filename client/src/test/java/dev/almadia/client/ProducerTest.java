// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.almadia.v1.Codec;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.Record;
import io.grpc.Status;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ProducerTest {
  private static final ProducerOptions EACH_ALONE =
      ProducerOptions.defaults()
          .withoutIdempotence()
          .withLinger(Duration.ZERO)
          .withTimeouts(Duration.ofSeconds(3), Duration.ofSeconds(6));

  private static Record record(String value) {
    return Record.newBuilder().setValue(ByteString.copyFromUtf8(value)).build();
  }

  private static AlmadiaException failureOf(CompletableFuture<?> future) {
    try {
      future.orTimeout(20, TimeUnit.SECONDS).join();
      throw new AssertionError("did not fail");
    } catch (CompletionException e) {
      return (AlmadiaException) e.getCause();
    }
  }

  private static AlmadiaClient client(ScriptedServer... servers) {
    List<HostAndPort> addresses = new ArrayList<>();
    for (ScriptedServer server : servers) {
      addresses.add(server.address());
    }
    return AlmadiaClient.connect(addresses, Duration.ofSeconds(5));
  }

  @Test
  void gathersRecordsAndNamesEachOnesPlace() throws Exception {
    var service = new ScriptedProducerService(10, 1 << 20, (stream, batch) -> null);
    try (var server = new ScriptedServer(service);
        var client = client(server);
        var producer =
            client.producer(
                "t",
                ProducerOptions.defaults()
                    .withoutIdempotence()
                    .withLinger(Duration.ofMillis(50)))) {
      List<CompletableFuture<Acknowledged>> futures = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        futures.add(producer.send(record("v" + i)));
      }
      assertThat(producer.flush(Duration.ofSeconds(10))).isTrue();
      for (int i = 0; i < 100; i++) {
        assertThat(futures.get(i).join().offset()).isEqualTo(i);
      }
      assertThat(service.logCopy()).hasSize(100).startsWith("v0", "v1");
    }
  }

  /** Batches are made outside of the lock, by several threads, and go out in order all the same. */
  @Test
  void eachOfManyThreadsKeepsItsOrderWhileAllCompress() throws Exception {
    var service = new ScriptedProducerService(20, 1 << 20, (stream, batch) -> null);
    ProducerOptions options =
        ProducerOptions.defaults()
            .withoutIdempotence()
            .withBatchBytes(500)
            .withBufferBytes(20_000)
            .withCompression(Codec.CODEC_GZIP);
    int each = 3_000;
    try (var server = new ScriptedServer(service);
        var client = client(server);
        var producer = client.producer("t", options)) {
      List<Thread> threads = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        String name = t + ":";
        Thread thread =
            new Thread(
                () -> {
                  for (int i = 0; i < each; i++) {
                    var unused = producer.send(record(name + i), name.hashCode() & 1);
                  }
                });
        thread.start();
        threads.add(thread);
      }
      for (Thread thread : threads) {
        thread.join();
      }
      assertThat(producer.flush(Duration.ofSeconds(20))).isTrue();
      assertThat(producer.bufferedBytes()).isZero();
    }
    for (int t = 0; t < 4; t++) {
      String name = t + ":";
      assertThat(service.logCopy().stream().filter(value -> value.startsWith(name)))
          .containsExactlyElementsOf(IntStream.range(0, each).mapToObj(i -> name + i).toList());
    }
  }

  @Test
  void keepsToTheWindowOfTheServer() throws Exception {
    var service = new ScriptedProducerService(3, 1 << 20, (stream, batch) -> null);
    service.holdAcks = true;
    try (var server = new ScriptedServer(service);
        var client = client(server);
        var producer = client.producer("t", EACH_ALONE)) {
      List<CompletableFuture<Acknowledged>> futures = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        futures.add(producer.send(record("v" + i)));
      }
      await().until(() -> service.heldCount() == 3);
      await().during(Duration.ofMillis(200)).until(() -> service.heldCount() == 3);
      service.release();
      assertThat(producer.flush(Duration.ofSeconds(10))).isTrue();
      assertThat(futures).allSatisfy(future -> assertThat(future).isCompleted());
    }
  }

  @Test
  void aBatchNamedByTheServerIsNotAppliedAndTheOthersAreUnknown() throws Exception {
    var service =
        new ScriptedProducerService(
            10,
            1 << 20,
            (stream, batch) ->
                stream == 1 && batch.getBatchId() == 3
                    ? ScriptedServer.error(
                        ErrorReason.ERROR_REASON_RECORD_TOO_LARGE,
                        "too large",
                        Map.of("batch_id", "3", "limit", "1"))
                    : null);
    service.holdAcks = true;
    try (var server = new ScriptedServer(service);
        var client = client(server);
        var producer = client.producer("t", EACH_ALONE)) {
      var first = producer.send(record("a"));
      var second = producer.send(record("b"));
      await().until(() -> service.heldCount() == 2);
      var third = producer.send(record("c"));
      assertThat(failureOf(third).outcome()).isEqualTo(Outcome.NOT_APPLIED);
      assertThat(failureOf(third).reason()).isEqualTo("RECORD_TOO_LARGE");
      assertThat(failureOf(first).outcome()).isEqualTo(Outcome.UNKNOWN);
      assertThat(failureOf(second).outcome()).isEqualTo(Outcome.UNKNOWN);
      service.holdAcks = false;
      assertThat(producer.send(record("d")).get(10, TimeUnit.SECONDS).offset()).isEqualTo(2);
    }
  }

  @Test
  void theOnlyBatchUnderWayIsTheOneThatARefusalMeans() throws Exception {
    var service =
        new ScriptedProducerService(
            10,
            1 << 20,
            (stream, batch) ->
                batch.getBatchId() == 1
                    ? ScriptedServer.error(ErrorReason.ERROR_REASON_NO_LEADER, "none", Map.of())
                    : null);
    try (var server = new ScriptedServer(service);
        var client = client(server);
        var producer = client.producer("t", EACH_ALONE)) {
      assertThat(failureOf(producer.send(record("a"))).outcome()).isEqualTo(Outcome.NOT_APPLIED);
    }
  }

  @Test
  void aBrokenStreamLeavesWhatWasSentUnknownAndSendsTheRestOnTheNext() throws Exception {
    var service =
        new ScriptedProducerService(
            2,
            1 << 20,
            (stream, batch) ->
                stream == 1 && batch.getBatchId() == 2
                    ? Status.UNAVAILABLE.withDescription("gone").asRuntimeException()
                    : null);
    service.holdAcks = true;
    try (var server = new ScriptedServer(service);
        var client = client(server);
        var producer = client.producer("t", EACH_ALONE)) {
      var first = producer.send(record("a"));
      var second = producer.send(record("b"));
      var third = producer.send(record("c"));
      assertThat(failureOf(first).outcome()).isEqualTo(Outcome.UNKNOWN);
      assertThat(failureOf(second).outcome()).isEqualTo(Outcome.UNKNOWN);
      await().until(() -> service.logCopy().contains("c"));
      service.release();
      assertThat(third.get(10, TimeUnit.SECONDS).partition()).isZero();
    }
  }

  @Test
  void resendsInOrderUntilAcknowledged() throws Exception {
    var service =
        new ScriptedProducerService(
            4,
            1 << 20,
            (stream, batch) ->
                stream < 4 && batch.getBatchId() % 4 == 0
                    ? Status.UNAVAILABLE.withDescription("gone").asRuntimeException()
                    : null);
    try (var server = new ScriptedServer(service);
        var client = client(server);
        var producer = client.producer("t", EACH_ALONE.withResend(true))) {
      List<CompletableFuture<Acknowledged>> futures = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        futures.add(producer.send(record("v" + i)));
      }
      assertThat(producer.flush(Duration.ofSeconds(10))).isTrue();
      long previous = -1;
      for (int i = 0; i < 20; i++) {
        long offset = futures.get(i).join().offset();
        assertThat(offset).isGreaterThan(previous);
        assertThat(service.logCopy().get((int) offset)).isEqualTo("v" + i);
        previous = offset;
      }
    }
  }

  @Test
  void resendingFindsTheBatchThatTheServerRefusesWithoutNamingIt() throws Exception {
    var service =
        new ScriptedProducerService(
            10,
            1 << 20,
            (stream, batch) ->
                batch.getBatch().getRecords().getRecordsCount() > 0
                        && batch.getBatch().getRecords().getRecords(0).getValue().size() > 3
                    ? ScriptedServer.error(
                        ErrorReason.ERROR_REASON_RECORD_TOO_LARGE, "too large", Map.of())
                    : null);
    service.holdAcks = true;
    try (var server = new ScriptedServer(service);
        var client = client(server);
        var producer = client.producer("t", EACH_ALONE.withResend(true))) {
      var good = producer.send(record("ok"));
      await().until(() -> service.heldCount() == 1);
      service.holdAcks = false;
      var bad = producer.send(record("much too long"));
      assertThat(good.get(10, TimeUnit.SECONDS).offset()).isEqualTo(1);
      assertThat(failureOf(bad).reason()).isEqualTo("RECORD_TOO_LARGE");
    }
  }

  @Test
  void anUnknownTopicFailsAllThatWaits() throws Exception {
    var service =
        new ScriptedProducerService(
            10,
            1 << 20,
            (stream, batch) ->
                ScriptedServer.error(
                    ErrorReason.ERROR_REASON_TOPIC_NOT_FOUND,
                    "no topic",
                    Map.of("topic", "t", "did_you_mean", "tt")));
    try (var server = new ScriptedServer(service);
        var client = client(server);
        var producer = client.producer("t", EACH_ALONE)) {
      AlmadiaException failure = failureOf(producer.send(record("a")));
      assertThat(failure.outcome()).isEqualTo(Outcome.NOT_APPLIED);
      assertThat(failure.metadata()).containsEntry("did_you_mean", "tt");
    }
  }

  @Test
  void aServerThatNeverAnswersIsGivenUp() throws Exception {
    var service = new ScriptedProducerService(10, 1 << 20, (stream, batch) -> null);
    service.holdAcks = true;
    ProducerOptions hasty = EACH_ALONE.withTimeouts(Duration.ofMillis(300), Duration.ofMillis(900));
    try (var server = new ScriptedServer(service);
        var client = client(server);
        var producer = client.producer("t", hasty)) {
      AlmadiaException failure = failureOf(producer.send(record("a")));
      assertThat(failure.outcome()).isEqualTo(Outcome.UNKNOWN);
      assertThat(failure.code()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    }
  }

  @Test
  void nobodyListeningMeansNotApplied() throws Exception {
    int freePort;
    try (ServerSocket socket = new ServerSocket(0)) {
      freePort = socket.getLocalPort();
    }
    ProducerOptions hasty = EACH_ALONE.withTimeouts(Duration.ofMillis(300), Duration.ofMillis(500));
    try (var client = AlmadiaClient.connect("127.0.0.1:" + freePort);
        var producer = client.producer("t", hasty)) {
      AlmadiaException failure = failureOf(producer.send(record("a")));
      assertThat(failure.outcome()).isEqualTo(Outcome.NOT_APPLIED);
    }
  }

  @Test
  void goesToTheNextBrokerWhenOneIsGone() throws Exception {
    var service = new ScriptedProducerService(10, 1 << 20, (stream, batch) -> null);
    ScriptedServer dead = new ScriptedServer();
    HostAndPort deadAddress = dead.address();
    dead.close();
    try (var server = new ScriptedServer(service);
        var client =
            AlmadiaClient.connect(List.of(deadAddress, server.address()), Duration.ofSeconds(5));
        var producer = client.producer("t", EACH_ALONE)) {
      assertThat(producer.send(record("a")).get(10, TimeUnit.SECONDS).offset()).isZero();
    }
  }

  @Test
  void aFullBufferBlocksAndThenSaysNotApplied() throws Exception {
    var service = new ScriptedProducerService(2, 1 << 20, (stream, batch) -> null);
    service.holdAcks = true;
    ProducerOptions small =
        EACH_ALONE
            .withBatchBytes(20)
            .withBufferBytes(40)
            .withTimeouts(Duration.ofSeconds(5), Duration.ofMillis(300));
    try (var server = new ScriptedServer(service);
        var client = client(server);
        var producer = client.producer("t", small)) {
      var first = producer.send(record("0123456789"));
      var second = producer.send(record("0123456789"));
      await().until(() -> service.heldCount() == 2);
      assertThatThrownBy(() -> producer.send(record("0123456789")))
          .isInstanceOfSatisfying(
              AlmadiaException.class, e -> assertThat(e.outcome()).isEqualTo(Outcome.NOT_APPLIED));
      service.release();
      assertThat(first).succeedsWithin(Duration.ofSeconds(5));
      assertThat(second).succeedsWithin(Duration.ofSeconds(5));
    }
  }

  @Test
  void aProducerThatIsAskedToGoMovesWhenAllIsAcknowledged() throws Exception {
    var left = new ScriptedProducerService(10, 1 << 20, (stream, batch) -> null);
    var next = new ScriptedProducerService(10, 1 << 20, (stream, batch) -> null);
    try (var leftServer = new ScriptedServer(left);
        var unused = new ScriptedServer();
        var nextServer = new ScriptedServer(next);
        var client = client(leftServer, unused, nextServer);
        var producer = client.producer("t", EACH_ALONE)) {
      producer.send(record("a")).get(10, TimeUnit.SECONDS);
      left.holdAcks = true;
      var second = producer.send(record("b"));
      await().until(() -> left.heldCount() == 1);
      left.goAway(nextServer.address().toString());
      await().until(() -> next.openCount() == 1);
      var third = producer.send(record("c"));
      await().during(Duration.ofMillis(200)).until(() -> next.logCopy().isEmpty());
      left.release();

      assertThat(second.get(10, TimeUnit.SECONDS).offset()).isEqualTo(1);
      assertThat(third.get(10, TimeUnit.SECONDS).offset()).isZero();
      assertThat(left.logCopy()).containsExactly("a", "b");
      assertThat(next.logCopy()).containsExactly("c");
      await().until(() -> left.openCount() == 0);
    }
  }

  @Test
  void aProducerThatIsAskedToGoStaysIfItKnowsNobodyElse() throws Exception {
    var service = new ScriptedProducerService(10, 1 << 20, (stream, batch) -> null);
    try (var server = new ScriptedServer(service);
        var client = client(server);
        var producer = client.producer("t", EACH_ALONE)) {
      producer.send(record("a")).get(10, TimeUnit.SECONDS);
      service.goAway("elsewhere:9400");
      assertThat(producer.send(record("b")).get(10, TimeUnit.SECONDS).offset()).isEqualTo(1);
      assertThat(service.streams.get()).isEqualTo(1);
    }
  }

  @Test
  void aProducerThatCannotMoveGoesOnWhereItIs() throws Exception {
    var service = new ScriptedProducerService(10, 1 << 20, (stream, batch) -> null);
    var refused = new AtomicInteger();
    var refusing =
        new ScriptedProducerService(
            10,
            1 << 20,
            (stream, batch) -> {
              refused.incrementAndGet();
              return ScriptedServer.error(
                  ErrorReason.ERROR_REASON_BROKER_STOPPING, "stops", Map.of());
            });
    try (var server = new ScriptedServer(service);
        var other = new ScriptedServer(refusing);
        var client = client(server, other);
        var producer = client.producer("t", EACH_ALONE)) {
      producer.send(record("a")).get(10, TimeUnit.SECONDS);
      service.goAway();
      await().until(() -> refused.get() > 0);
      assertThat(producer.send(record("b")).get(10, TimeUnit.SECONDS).offset()).isEqualTo(1);
    }
  }
}
