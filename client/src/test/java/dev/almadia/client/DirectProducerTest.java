// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.almadia.v1.Record;
import io.grpc.Status;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A producer that goes straight to the leaders; the home is the broker that it was told of. */
@Timeout(30)
class DirectProducerTest {
  private static final ProducerOptions DIRECT =
      ProducerOptions.defaults().withoutIdempotence().withLinger(Duration.ZERO).withDirect(true);

  private final ScriptedProducerService home = service((stream, batch) -> null);
  private final List<String> sent = new ArrayList<>();

  @Test
  void aPartitionMovesToItsLeaderAndKeepsItsOrder() throws Exception {
    var leader = service((stream, batch) -> null);
    try (var homeServer = new ScriptedServer(home);
        var leaderServer = new ScriptedServer(leader);
        var client = client(homeServer);
        var producer = client.producer("t", DIRECT)) {
      home.leader = leaderServer.address().toString();
      sendUntil(producer, () -> leader.logCopy().size() > 20);
      assertThat(producer.flush(Duration.ofSeconds(10))).isTrue();

      List<String> stored = new ArrayList<>(home.logCopy());
      stored.addAll(leader.logCopy());
      assertThat(stored).isEqualTo(sent);
      assertThat(home.logCopy()).isNotEmpty();
    }
  }

  @Test
  void aPartitionMovesOnlyWhenNothingOfItIsUnderWay() throws Exception {
    var mayOpen = new CountDownLatch(1);
    var leader =
        service(
            (stream, batch) -> {
              awaitOpen(mayOpen);
              return null;
            });
    try (var homeServer = new ScriptedServer(home);
        var leaderServer = new ScriptedServer(leader);
        var client = client(homeServer);
        var producer = client.producer("t", DIRECT)) {
      home.leader = leaderServer.address().toString();
      producer.send(record("a"), 0).get(10, TimeUnit.SECONDS);
      home.holdAcks = true;
      var second = producer.send(record("b"), 0);
      await().until(() -> home.heldCount() == 1);
      mayOpen.countDown();
      await().until(() -> leader.openCount() == 1);
      List<CompletableFuture<Acknowledged>> more = new ArrayList<>();
      sendUntil(producer, () -> leader.openCount() == 1);
      more.add(producer.send(record("z"), 0));
      await().during(Duration.ofMillis(200)).until(() -> leader.logCopy().isEmpty());
      home.release();

      assertThat(second).succeedsWithin(Duration.ofSeconds(10));
      assertThat(producer.flush(Duration.ofSeconds(10))).isTrue();
      List<String> stored = new ArrayList<>(home.logCopy());
      stored.addAll(leader.logCopy());
      assertThat(stored).startsWith("a", "b").endsWith("z");
      assertThat(more).allSatisfy(future -> assertThat(future).isCompleted());
    }
  }

  @Test
  void aLeaderThatCannotBeReachedHoldsNothingUp() throws Exception {
    int nobody;
    try (ServerSocket socket = new ServerSocket(0)) {
      nobody = socket.getLocalPort();
    }
    for (String endpoint : List.of("127.0.0.1:" + nobody, "no address", "x:0")) {
      try (var homeServer = new ScriptedServer(home);
          var client = client(homeServer);
          var producer = client.producer("t", DIRECT)) {
        home.leader = endpoint;
        for (int i = 0; i < 200; i++) {
          assertThat(producer.send(record("v"), i % 3)).succeedsWithin(Duration.ofSeconds(10));
        }
      }
    }
    assertThat(home.logCopy()).hasSize(600);
  }

  @Test
  void whatALostLeaderDidNotAnswerGoesThroughTheHomeAgainInOrder() throws Exception {
    var leader = service((stream, batch) -> null);
    try (var homeServer = new ScriptedServer(home);
        var leaderServer = new ScriptedServer(leader);
        var client = client(homeServer);
        var producer = client.producer("t", DIRECT.withResend(true))) {
      home.leader = leaderServer.address().toString();
      sendUntil(producer, () -> leader.logCopy().size() > 20);
      assertThat(producer.flush(Duration.ofSeconds(10))).isTrue();
      int before = home.logCopy().size();
      leader.holdAcks = true;
      List<CompletableFuture<Acknowledged>> open = new ArrayList<>();
      for (int i = 0; i < 30; i++) {
        open.add(producer.send(record("late" + i), 0));
      }
      await().until(() -> leader.heldCount() > 0);
      leaderServer.stop();

      assertThat(producer.flush(Duration.ofSeconds(10))).isTrue();
      assertThat(open).allSatisfy(future -> assertThat(future).isCompleted());
      List<String> late = home.logCopy().subList(before, home.logCopy().size());
      assertThat(late).hasSize(30).startsWith("late0", "late1").endsWith("late28", "late29");
    }
  }

  @Test
  void withoutResendWhatALostLeaderDidNotAnswerIsUnknown() throws Exception {
    var leader = service((stream, batch) -> null);
    try (var homeServer = new ScriptedServer(home);
        var leaderServer = new ScriptedServer(leader);
        var client = client(homeServer);
        var producer = client.producer("t", DIRECT)) {
      home.leader = leaderServer.address().toString();
      sendUntil(producer, () -> leader.logCopy().size() > 20);
      assertThat(producer.flush(Duration.ofSeconds(10))).isTrue();
      leader.holdAcks = true;
      var open = producer.send(record("open"), 0);
      await().until(() -> leader.heldCount() > 0);
      leaderServer.stop();

      assertThatThrownBy(() -> open.get(10, TimeUnit.SECONDS))
          .cause()
          .isInstanceOfSatisfying(
              AlmadiaException.class, e -> assertThat(e.outcome()).isEqualTo(Outcome.UNKNOWN));
      assertThat(producer.send(record("next"), 0)).succeedsWithin(Duration.ofSeconds(10));
      assertThat(home.logCopy()).endsWith("next").doesNotContain("open");
    }
  }

  @Test
  void aLeaderThatAsksToBeLeftIsLeftInOrder() throws Exception {
    var leader = service((stream, batch) -> null);
    try (var homeServer = new ScriptedServer(home);
        var leaderServer = new ScriptedServer(leader);
        var client = client(homeServer);
        var producer = client.producer("t", DIRECT)) {
      home.leader = leaderServer.address().toString();
      sendUntil(producer, () -> leader.logCopy().size() > 20);
      int before = home.logCopy().size();
      leader.goAway();
      sendUntil(producer, () -> home.logCopy().size() > before + 20);
      assertThat(producer.flush(Duration.ofSeconds(10))).isTrue();

      List<String> stored = new ArrayList<>(home.logCopy().subList(0, before));
      stored.addAll(leader.logCopy());
      stored.addAll(home.logCopy().subList(before, home.logCopy().size()));
      assertThat(stored).isEqualTo(sent);
    }
  }

  @Test
  void keysAreHashedHereAsSoonAsThePartitionsAreKnown() throws Exception {
    home.partitions = 5;
    try (var homeServer = new ScriptedServer(home);
        var client = client(homeServer);
        var producer = client.producer("t", DIRECT)) {
      for (String key : List.of("first", "a", "b", "customer-0042", "")) {
        Record keyed = record(key).toBuilder().setKey(ByteString.copyFromUtf8(key)).build();
        assertThat(producer.send(keyed)).succeedsWithin(Duration.ofSeconds(10));
      }
      assertThat(producer.send(record("no key"))).succeedsWithin(Duration.ofSeconds(10));
    }
    assertThat(home.named.subList(0, 5))
        .containsExactly(
            -1, partition("a"), partition("b"), partition("customer-0042"), partition(""));
    assertThat(home.named.get(5)).isBetween(0, 4);
  }

  private static int partition(String key) {
    return KeyHash.partition(ByteString.copyFromUtf8(key), 5);
  }

  @Test
  void whatWasHashedForAnotherNumberOfPartitionsIsNotSent() throws Exception {
    var breaks = new AtomicBoolean();
    var bothSent = new CountDownLatch(1);
    var service =
        new ScriptedProducerService(
            1,
            1 << 20,
            (stream, batch) -> {
              if (!breaks.compareAndSet(true, false)) {
                return null;
              }
              awaitOpen(bothSent);
              return Status.UNAVAILABLE.asRuntimeException();
            });
    service.partitions = 5;
    try (var server = new ScriptedServer(service);
        var client = client(server);
        var producer = client.producer("t", DIRECT)) {
      assertThat(producer.send(record("a"))).succeedsWithin(Duration.ofSeconds(10));
      service.partitions = 7;
      breaks.set(true);
      var unanswered = producer.send(record("b"));
      var waiting = producer.send(record("c"));
      bothSent.countDown();

      assertThat(unanswered).failsWithin(Duration.ofSeconds(10));
      assertThatThrownBy(() -> waiting.get(10, TimeUnit.SECONDS))
          .cause()
          .hasMessageContaining("it had 5 partitions and has 7")
          .isInstanceOfSatisfying(
              AlmadiaException.class, e -> assertThat(e.outcome()).isEqualTo(Outcome.NOT_APPLIED));
      assertThat(producer.send(record("d"))).succeedsWithin(Duration.ofSeconds(10));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "21, -973932308",
    "foobar, -790332482",
    "a-little-bit-long-string, -985981536",
    "a-little-bit-longer-string, -1486304829",
    "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8, -58897971",
    "abc, 479470107"
  })
  void hashesAreThoseOfTheBroker(String key, int hash) {
    assertThat(KeyHash.hash(ByteString.copyFromUtf8(key))).isEqualTo(hash);
  }

  /** Sends to one partition, each record alone, until something is true. */
  private void sendUntil(Producer producer, BooleanSupplier isDone) {
    do {
      String value = "v" + sent.size();
      sent.add(value);
      CompletableFuture<Acknowledged> future = producer.send(record(value), 0);
      if (sent.size() % 50 == 0) {
        assertThat(future).succeedsWithin(Duration.ofSeconds(10));
      }
    } while (!isDone.getAsBoolean());
  }

  private static void awaitOpen(CountDownLatch latch) {
    try {
      boolean unused = latch.await(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static ScriptedProducerService service(ScriptedProducerService.Script script) {
    return new ScriptedProducerService(100, 1 << 20, script);
  }

  private static AlmadiaClient client(ScriptedServer server) {
    return AlmadiaClient.connect(List.of(server.address()), Duration.ofSeconds(5));
  }

  private static Record record(String value) {
    return Record.newBuilder().setValue(ByteString.copyFromUtf8(value)).build();
  }
}
