// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.almadia.client.NamedCluster.Fate;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.ProduceStreamBatch;
import dev.almadia.v1.Record;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class IdempotentProducerTest {
  private static final ProducerOptions EACH_ALONE =
      ProducerOptions.defaults()
          .withLinger(Duration.ZERO)
          .withTimeouts(Duration.ofSeconds(3), Duration.ofSeconds(20));
  private static final ProducerOptions NAMED = EACH_ALONE.withProducerId("orders-writer");
  private static final ProducerOptions HASTY =
      EACH_ALONE.withTimeouts(Duration.ofMillis(200), Duration.ofMillis(700));

  private final NamedCluster cluster = new NamedCluster(3);

  private static Record record(String value) {
    return Record.newBuilder().setValue(ByteString.copyFromUtf8(value)).build();
  }

  private static String valueOf(ProduceStreamBatch batch) {
    return batch.getBatch().getRecords().getRecords(0).getValue().toStringUtf8();
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

  @ParameterizedTest
  @EnumSource(
      value = Fate.class,
      names = {"TAKE_AND_BREAK", "LOSE", "TAKE_IN_SILENCE"})
  void whatHadNoAnswerIsThereOnceAndItsOffsetIsKnown(Fate fate) throws Exception {
    var count = new AtomicInteger();
    cluster.script.set(batch -> count.incrementAndGet() % 7 == 3 ? fate : Fate.TAKE);
    ProducerOptions options =
        EACH_ALONE.withTimeouts(Duration.ofMillis(300), Duration.ofSeconds(20));
    List<String> sent = new ArrayList<>();
    List<CompletableFuture<Acknowledged>> futures = new ArrayList<>();
    try (var server = new ScriptedServer(cluster.broker());
        var client = client(server);
        var producer = client.producer("t", options)) {
      for (int i = 0; i < 30; i++) {
        sent.add("v" + i);
        futures.add(producer.send(record("v" + i), 1));
      }
      assertThat(producer.flush(Duration.ofSeconds(20))).isTrue();
    }
    assertThat(cluster.log(1)).isEqualTo(sent);
    for (int i = 0; i < 30; i++) {
      assertThat(futures.get(i).join().offset()).isEqualTo(i);
      assertThat(futures.get(i).join().maybeTwice()).isFalse();
    }
    if (fate == Fate.LOSE) {
      assertThat(cluster.duplicates).hasValue(0);
    } else {
      assertThat(cluster.duplicates).hasPositiveValue();
    }
    assertThat(cluster.opened).hasSize(1).first().asString().matches("~[A-Za-z0-9_-]{22}");
  }

  /** Leaders that change all the time, streams that break at random: every record once. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void chaosLosesNothingAndDoublesNothing(long seed) throws Exception {
    Random random = new Random(seed);
    Map<Integer, List<String>> sent = new HashMap<>();
    Map<Integer, List<CompletableFuture<Acknowledged>>> futures = new HashMap<>();
    var one = cluster.broker();
    var two = cluster.broker();
    try (var first = new ScriptedServer(one);
        var second = new ScriptedServer(two);
        var client = client(first, second);
        var producer = client.producer("t", EACH_ALONE)) {
      List<String> addresses = List.of(first.address().toString(), second.address().toString());
      cluster.script.set(
          batch -> {
            cluster.leaders.put(random.nextInt(3), addresses.get(random.nextInt(2)));
            int chance = random.nextInt(40);
            return chance == 0 ? Fate.LOSE : chance == 1 ? Fate.TAKE_AND_BREAK : Fate.TAKE;
          });
      for (int i = 0; i < 1_500; i++) {
        int partition = i % 3;
        sent.computeIfAbsent(partition, p -> new ArrayList<>()).add("v" + i);
        futures
            .computeIfAbsent(partition, p -> new ArrayList<>())
            .add(producer.send(record("v" + i), partition));
        if (i % 100 == 99) {
          assertThat(producer.flush(Duration.ofSeconds(20))).isTrue();
        }
      }
      assertThat(producer.flush(Duration.ofSeconds(30))).isTrue();
    }
    for (int partition = 0; partition < 3; partition++) {
      assertThat(cluster.log(partition)).isEqualTo(sent.get(partition));
      for (int i = 0; i < 500; i++) {
        assertThat(futures.get(partition).get(i).join().offset()).isEqualTo(i);
      }
    }
    assertThat(cluster.opened).hasSize(1);
    assertThat(one.batches.get()).isPositive();
    assertThat(two.batches.get()).isPositive();
  }

  @Test
  void keysGoWhereTheyBelongAlsoThoseThatCameBeforeTheOpening() throws Exception {
    try (var server = new ScriptedServer(cluster.broker());
        var client = client(server);
        var producer = client.producer("t", EACH_ALONE.withLinger(Duration.ofMillis(20)))) {
      for (String key : List.of("a", "b", "customer-0042", "d")) {
        ByteString bytes = ByteString.copyFromUtf8(key);
        Record keyed = record("v").toBuilder().setKey(bytes).build();
        assertThat(producer.send(keyed).get(10, TimeUnit.SECONDS).partition())
            .isEqualTo(KeyHash.partition(bytes, 3));
      }
      assertThat(producer.send(record("no key"))).succeedsWithin(Duration.ofSeconds(10));
    }
  }

  @Test
  void anOpeningThatFailsIsTriedAgain() throws Exception {
    cluster.nextOpening.set(
        ScriptedServer.error(ErrorReason.ERROR_REASON_NO_LEADER, "none", Map.of()));
    try (var server = new ScriptedServer(cluster.broker());
        var client = client(server);
        var producer = client.producer("t", NAMED)) {
      assertThat(producer.send(record("a"), 0)).succeedsWithin(Duration.ofSeconds(10));
    }
  }

  /** A lost opening may come late and end what was opened after it: so that has another name. */
  @Test
  void aTransientProducerTakesAnotherNameAfterAnOpeningWithoutAnswer() throws Exception {
    cluster.nextOpening.set(Status.UNAVAILABLE.withDescription("gone").asRuntimeException());
    try (var server = new ScriptedServer(cluster.broker());
        var client = client(server);
        var producer = client.producer("t", EACH_ALONE)) {
      assertThat(producer.send(record("a"), 0)).succeedsWithin(Duration.ofSeconds(10));
    }
    assertThat(cluster.asked).hasSize(2).doesNotHaveDuplicates();
    assertThat(cluster.opened).containsExactly(cluster.asked.get(1));
  }

  @Test
  void aTopicThatIsNotThereFailsWhatWaitsAndLaterRecordsTryAgain() throws Exception {
    cluster.nextOpening.set(
        ScriptedServer.error(ErrorReason.ERROR_REASON_TOPIC_NOT_FOUND, "no topic", Map.of()));
    try (var server = new ScriptedServer(cluster.broker());
        var client = client(server);
        var producer = client.producer("t", EACH_ALONE)) {
      AlmadiaException failure = failureOf(producer.send(record("a")));
      assertThat(failure.reason()).isEqualTo("TOPIC_NOT_FOUND");
      assertThat(failure.outcome()).isEqualTo(Outcome.NOT_APPLIED);
      assertThat(producer.send(record("b"))).succeedsWithin(Duration.ofSeconds(10));
    }
  }

  @Test
  void anotherInstanceEndsANamedProducer() throws Exception {
    try (var server = new ScriptedServer(cluster.broker());
        var client = client(server);
        var producer = client.producer("t", NAMED)) {
      assertThat(producer.send(record("a"), 0)).succeedsWithin(Duration.ofSeconds(10));
      cluster.fence("orders-writer");
      AlmadiaException failure = failureOf(producer.send(record("b"), 0));
      assertThat(failure.reason()).isEqualTo("PRODUCER_FENCED");
      assertThat(failure.outcome()).isEqualTo(Outcome.NOT_APPLIED);
      assertThatThrownBy(() -> producer.send(record("c"), 1))
          .isInstanceOfSatisfying(
              AlmadiaException.class, e -> assertThat(e.reason()).isEqualTo("PRODUCER_FENCED"));
    }
    assertThat(cluster.log(0)).containsExactly("a");
    assertThat(cluster.opened).hasSize(1);
  }

  @Test
  void whatIsInDoubtWhenAProducerIsFencedIsUnknown() throws Exception {
    cluster.script.set(
        batch -> {
          if (valueOf(batch).equals("b")) {
            cluster.fence("orders-writer");
            return Fate.TAKE_AND_BREAK;
          }
          return Fate.TAKE;
        });
    try (var server = new ScriptedServer(cluster.broker());
        var client = client(server);
        var producer = client.producer("t", NAMED)) {
      assertThat(producer.send(record("a"), 0)).succeedsWithin(Duration.ofSeconds(10));
      var doubtful = producer.send(record("b"), 0);
      assertThat(failureOf(doubtful).outcome()).isEqualTo(Outcome.UNKNOWN);
      assertThat(failureOf(doubtful).reason()).isEqualTo("PRODUCER_FENCED");
    }
  }

  @Test
  void aForgottenTransientProducerEndsAndDoublesNothing() throws Exception {
    cluster.script.set(
        batch -> {
          if (valueOf(batch).equals("b")) {
            cluster.forget(7);
            return Fate.TAKE_AND_BREAK;
          }
          return Fate.TAKE;
        });
    try (var server = new ScriptedServer(cluster.broker());
        var client = client(server);
        var producer = client.producer("t", EACH_ALONE)) {
      assertThat(producer.send(record("a"), 0)).succeedsWithin(Duration.ofSeconds(10));
      AlmadiaException failure = failureOf(producer.send(record("b"), 0));
      assertThat(failure.reason()).isEqualTo("UNKNOWN_PRODUCER_EPOCH");
      assertThat(failure.outcome()).isEqualTo(Outcome.UNKNOWN);
    }
    assertThat(cluster.log(0)).containsExactly("a", "b");
  }

  @Test
  void aTopicThatWasMadeAnewEndsTheProducer() throws Exception {
    try (var server = new ScriptedServer(cluster.broker());
        var client = client(server);
        var producer = client.producer("t", EACH_ALONE)) {
      assertThat(producer.send(record("a"), 0)).succeedsWithin(Duration.ofSeconds(10));
      cluster.script.set(
          batch -> {
            cluster.forget(8);
            return Fate.LOSE;
          });
      AlmadiaException failure = failureOf(producer.send(record("b"), 0));
      assertThat(failure).hasMessageContaining("deleted and created again");
      assertThat(failure.outcome()).isEqualTo(Outcome.UNKNOWN);
      assertThatThrownBy(() -> producer.send(record("c"), 0))
          .hasMessageContaining("deleted and created again");
    }
  }

  @Test
  void aRecordThatIsRefusedDoesNotHinderTheOthersOfATransientProducer() throws Exception {
    cluster.script.set(IdempotentProducerTest::refuseLong);
    try (var server = new ScriptedServer(cluster.broker());
        var client = client(server);
        var producer = client.producer("t", EACH_ALONE)) {
      List<CompletableFuture<Acknowledged>> futures = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        futures.add(producer.send(record(i % 10 == 5 ? "much too long" : "v" + i), i % 2));
      }
      assertThat(producer.flush(Duration.ofSeconds(20))).isTrue();
      for (int i = 0; i < 40; i++) {
        if (i % 10 == 5) {
          assertThat(failureOf(futures.get(i)).reason()).isEqualTo("RECORD_TOO_LARGE");
        } else {
          assertThat(futures.get(i)).succeedsWithin(Duration.ofSeconds(1));
        }
      }
    }
    assertThat(cluster.log(0)).hasSize(20).doesNotHaveDuplicates();
    assertThat(cluster.log(1)).hasSize(16).doesNotHaveDuplicates().startsWith("v1", "v3", "v7");
    assertThat(cluster.opened).hasSize(5);
  }

  private static Object refuseLong(ProduceStreamBatch batch) {
    return valueOf(batch).length() > 3
        ? ScriptedServer.error(
            ErrorReason.ERROR_REASON_RECORD_TOO_LARGE,
            "too large",
            Map.of("batch_id", String.valueOf(batch.getBatchId())))
        : Fate.TAKE;
  }

  @Test
  void aNamedProducerLeavesNoRecordOut() throws Exception {
    cluster.script.set(IdempotentProducerTest::refuseLong);
    try (var server = new ScriptedServer(cluster.broker());
        var client = client(server);
        var producer = client.producer("t", NAMED.withLinger(Duration.ofSeconds(2)))) {
      assertThat(producer.positions()).hasSize(3);
      var good = producer.send(record("a"), 0);
      assertThat(producer.flush(Duration.ofSeconds(10))).isTrue();
      var bad = producer.send(record("much too long"), 0);
      var elsewhere = producer.send(record("b"), 1);
      assertThat(producer.flush(Duration.ofSeconds(10))).isTrue();

      assertThat(good).isCompleted();
      assertThat(failureOf(bad).reason()).isEqualTo("RECORD_TOO_LARGE");
      assertThat(elsewhere).isDone();
      assertThatThrownBy(() -> producer.send(record("c"), 0))
          .isInstanceOfSatisfying(
              AlmadiaException.class, e -> assertThat(e.reason()).isEqualTo("RECORD_TOO_LARGE"));
    }
    assertThat(cluster.log(0)).containsExactly("a");
  }

  @Test
  void aNamedProducerGoesOnWhereItsEarlierInstanceStood() throws Exception {
    try (var server = new ScriptedServer(cluster.broker());
        var client = client(server)) {
      try (var producer = client.producer("t", NAMED)) {
        assertThat(producer.positions()).extracting("lastSequence").containsExactly(0L, 0L, 0L);
        assertThat(producer.send(record("a"), 2)).succeedsWithin(Duration.ofSeconds(10));
        assertThat(producer.send(record("b"), 2)).succeedsWithin(Duration.ofSeconds(10));
      }
      try (var producer = client.producer("t", NAMED)) {
        assertThat(producer.positions()).extracting("lastSequence").containsExactly(0L, 0L, 2L);
        assertThat(producer.send(record("c"), 2)).succeedsWithin(Duration.ofSeconds(10));
      }
    }
    assertThat(cluster.log(2)).containsExactly("a", "b", "c");
  }

  @Test
  void whatStaysWithoutAnswerIsUnknownAndTheRestGoesOn() throws Exception {
    cluster.script.set(batch -> valueOf(batch).equals("a") ? Fate.TAKE_IN_SILENCE : Fate.TAKE);
    var broker = cluster.broker();
    try (var server = new ScriptedServer(broker);
        var client = client(server);
        var producer = client.producer("t", HASTY)) {
      // The duplicate of the second sending would be answered, so nobody is there any more.
      var doubtful = producer.send(record("a"), 0);
      await().until(() -> broker.batches.get() == 1);
      server.stop();
      AlmadiaException failure = failureOf(doubtful);
      assertThat(failure.outcome()).isEqualTo(Outcome.UNKNOWN);
      assertThat(failureOf(producer.send(record("b"), 0)).outcome()).isEqualTo(Outcome.NOT_APPLIED);
    }
  }

  @Test
  void afterRecordsWereGivenUpTheNextGetNumbersThatFollow() throws Exception {
    var loses = new AtomicInteger(1);
    cluster.script.set(batch -> loses.get() > 0 ? Fate.LOSE : Fate.TAKE);
    try (var server = new ScriptedServer(cluster.broker());
        var client = client(server);
        var producer = client.producer("t", HASTY)) {
      assertThat(failureOf(producer.send(record("a"), 0)).outcome()).isEqualTo(Outcome.UNKNOWN);
      loses.set(0);
      assertThat(producer.send(record("b"), 0)).succeedsWithin(Duration.ofSeconds(10));
      assertThat(producer.send(record("c"), 0)).succeedsWithin(Duration.ofSeconds(10));
    }
    assertThat(cluster.log(0)).containsExactly("b", "c");
    assertThat(cluster.opened).hasSize(2);
  }

  @Test
  void aPartitionThatIsNotThereIsRefusedHere() throws Exception {
    try (var server = new ScriptedServer(cluster.broker());
        var client = client(server);
        var producer = client.producer("t", EACH_ALONE)) {
      AlmadiaException failure = failureOf(producer.send(record("a"), 3));
      assertThat(failure.reason()).isEqualTo("PARTITION_NOT_FOUND");
      assertThat(producer.send(record("b"), 2)).succeedsWithin(Duration.ofSeconds(10));
    }
  }
}
