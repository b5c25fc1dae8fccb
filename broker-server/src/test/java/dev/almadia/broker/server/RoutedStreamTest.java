// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.record.Murmur2;
import dev.almadia.broker.server.grpc.Statuses;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.OpenProducerRequest;
import dev.almadia.v1.PartitionResult;
import dev.almadia.v1.ProduceRequest;
import dev.almadia.v1.ProduceStreamBatch;
import dev.almadia.v1.ProducerServiceGrpc;
import dev.almadia.v1.Record;
import dev.almadia.v1.WriteOutcome;
import io.grpc.StatusRuntimeException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streams of producers that leave the partition to the broker; through generated stubs only. */
class RoutedStreamTest {
  private static final int PARTITIONS = 4;
  private static final WriteOutcome APPLIED = WriteOutcome.WRITE_OUTCOME_APPLIED;
  private static final WriteOutcome DUPLICATE = WriteOutcome.WRITE_OUTCOME_DUPLICATE;

  @TempDir Path folder;

  private static Record record(String key, long sequence) {
    Record.Builder record =
        Record.newBuilder().setValue(ByteString.copyFromUtf8(String.valueOf(sequence)));
    return (key.isEmpty() ? record : record.setKey(ByteString.copyFromUtf8(key))).build();
  }

  /** A key of which the records go to a partition. */
  private static String keyOf(int partition) {
    for (int i = 0; ; i++) {
      byte[] key = ("k" + i).getBytes(StandardCharsets.UTF_8);
      if (Murmur2.partition(key, 0, key.length, PARTITIONS) == partition) {
        return "k" + i;
      }
    }
  }

  /** A batch whose records go to these partitions, in this order. */
  private static ProduceStreamBatch.Builder batch(long firstSequence, int... partitions) {
    List<Record> records = new ArrayList<>();
    for (int partition : partitions) {
      records.add(record(keyOf(partition), firstSequence + records.size()));
    }
    return NamedStream.batch(firstSequence, records);
  }

  private static List<String> log(TestCluster cluster, int partition) {
    return BrokerClusterTest.fetch(cluster.channel(cluster.running().get(0)), "orders", partition);
  }

  private static ProducerServiceGrpc.ProducerServiceBlockingStub stub(TestCluster cluster) {
    return ProducerServiceGrpc.newBlockingStub(cluster.channel(1))
        .withDeadlineAfter(20, TimeUnit.SECONDS);
  }

  private static List<WriteOutcome> outcomes(List<PartitionResult> results) {
    return results.stream().map(PartitionResult::getOutcome).toList();
  }

  @Test
  void ofBatchesThatArePartlyThereTheRestIsAppendedAlsoWhereLaterOnesAre() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 1).startAll()) {
      BrokerClusterTest.createTopic(cluster.channel(1), "orders", PARTITIONS);
      NamedStream first = NamedStream.open(cluster, 1, "p");
      first.awaitAck(first.send(batch(1, 0, 1, 1)));
      var unused =
          stub(cluster)
              .openProducer(
                  OpenProducerRequest.newBuilder()
                      .setTopic("orders")
                      .setProducerId("p")
                      .addPartitions(0)
                      .build());
      first.send(batch(4, 0, 1, 1));
      assertThat(first.awaitRefusal(ErrorReason.ERROR_REASON_PRODUCER_FENCED))
          .as("of a batch that is there in part nothing is said")
          .doesNotContainKey("batch_id")
          .containsEntry("applied_in_part", "2");
      NamedStream attached = NamedStream.attach(cluster, 1, "p", 1);
      attached.awaitAck(attached.send(batch(7, 1, 2, 1)));
      assertThat(log(cluster, 0)).containsExactly("1");
      assertThat(log(cluster, 1)).containsExactly("2", "3", "5", "6", "7", "9");

      NamedStream again = NamedStream.open(cluster, 1, "p");
      again.send(batch(4, 0, 1, 1));
      again.send(batch(7, 1, 2, 1));
      again.send(batch(10, 1, 0, 3));
      again.finish();

      assertThat(outcomes(again.ack(1))).containsExactly(APPLIED, DUPLICATE);
      assertThat(again.ack(1).get(1).getFirstOffset()).isEqualTo(2);
      assertThat(outcomes(again.ack(2))).containsExactly(DUPLICATE, DUPLICATE);
      assertThat(outcomes(again.ack(3))).containsExactly(APPLIED, APPLIED, APPLIED);
      assertThat(log(cluster, 0)).containsExactly("1", "4", "11");
      assertThat(log(cluster, 1)).containsExactly("2", "3", "5", "6", "7", "9", "10");
      assertThat(log(cluster, 2)).containsExactly("8");
      assertThat(log(cluster, 3)).containsExactly("12");
    }
  }

  @Test
  void whatWasOvertakenIsNeverSaidToBeThereHoweverLongAgo() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 1).startAll()) {
      BrokerClusterTest.createTopic(cluster.channel(1), "orders", PARTITIONS);
      assertThat(unary(cluster, 0, 6, 5)).isEqualTo(APPLIED);
      StatusRuntimeException thrown =
          catchThrowableOfType(StatusRuntimeException.class, () -> unary(cluster, 0, 1, 5));
      assertThat(Statuses.errorOf(thrown).reason())
          .isEqualTo(ErrorReason.ERROR_REASON_SEQUENCE_REGRESSED);
      for (int i = 0; i < 20; i++) {
        assertThat(unary(cluster, 0, 12 + 2L * i, 1)).isEqualTo(APPLIED);
      }

      NamedStream stream = NamedStream.open(cluster, 1, "p");
      stream.send(NamedStream.batch(1, 5));
      assertThat(stream.awaitRefusal(ErrorReason.ERROR_REASON_SEQUENCE_REGRESSED))
          .containsEntry("got", "1")
          .containsEntry("batch_id", "1");
      assertThat(unary(cluster, 1, 50, 1)).as("one of the newest").isEqualTo(DUPLICATE);
    }
  }

  private static WriteOutcome unary(
      TestCluster cluster, long epoch, long firstSequence, int count) {
    return stub(cluster)
        .produce(
            ProduceRequest.newBuilder()
                .setTopic("orders")
                .setProducerId("p")
                .setProducerEpoch(epoch)
                .setFirstSequence(firstSequence)
                .setBatch(NamedStream.batch(firstSequence, count).getBatch())
                .build())
        .getResults(0)
        .getOutcome();
  }

  @Test
  void sequencesGoOnOverTheWholeStream() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 1).startAll()) {
      BrokerClusterTest.createTopic(cluster.channel(1), "orders", PARTITIONS);
      NamedStream.open(cluster, 1, "p").send(batch(2, 0));
      NamedStream ahead = NamedStream.open(cluster, 1, "p");
      ahead.send(batch(2, 0));
      assertThat(ahead.awaitRefusal(ErrorReason.ERROR_REASON_SEQUENCE_GAP))
          .containsEntry("last_sequence", "0")
          .containsEntry("got", "2");
      Map<ErrorReason, List<ProduceStreamBatch.Builder>> refused =
          Map.of(
              ErrorReason.ERROR_REASON_SEQUENCE_GAP,
              List.of(batch(5, 2), batch(7, 0)),
              ErrorReason.ERROR_REASON_SEQUENCE_REGRESSED,
              List.of(batch(3, 3, 3), batch(1, 0)),
              ErrorReason.ERROR_REASON_PRODUCER_NUMBERING_MIXED,
              List.of(batch(4, 0).setPartition(0)));
      refused.forEach(
          (reason, batches) -> {
            for (ProduceStreamBatch.Builder bad : batches) {
              NamedStream stream = NamedStream.open(cluster, 1, "p");
              stream.send(batch(1, 0, 1, 0));
              stream.send(bad);
              assertThat(stream.awaitRefusal(reason)).containsEntry("batch_id", "2");
              assertThat(stream.ackCount()).isEqualTo(1);
            }
          });
      assertThat(log(cluster, 0)).containsExactly("1", "3");
      assertThat(log(cluster, 3)).isEmpty();
    }
  }

  @Test
  void resendsOfManyBatchesUnderWayAreThereOnceAndInOrderThroughBreaksAndDeaths() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3).startAll()) {
      BrokerClusterTest.createTopic(cluster.channel(1), "orders", PARTITIONS);
      Resender resender = new Resender(cluster, new Random(5));
      for (int round = 0; round < 14; round++) {
        resender.round(round);
      }
      resender.finish(0);
      resender.assertLogs();
    }
  }

  /** A client that keeps all that it sent, and begins anew with what was not acknowledged. */
  private static final class Resender {
    private final TestCluster cluster;
    private final Random random;
    private final List<ProduceStreamBatch.Builder> batches = new ArrayList<>();
    private final Map<Integer, Map<Long, String>> acknowledged = new TreeMap<>();
    private long nextSequence = 1;
    private int ackedBatches;

    Resender(TestCluster cluster, Random random) {
      this.cluster = cluster;
      this.random = random;
    }

    private void makeBatches(int count) {
      for (int i = 0; i < count; i++) {
        List<Record> records = new ArrayList<>();
        for (int left = 1 + random.nextInt(5); left > 0; left--) {
          String key = random.nextInt(10) == 0 ? "" : "k" + random.nextInt(30);
          records.add(record(key, nextSequence + records.size()));
        }
        batches.add(NamedStream.batch(nextSequence, records));
        nextSequence += records.size();
      }
    }

    private NamedStream open() {
      List<Integer> running = cluster.running();
      return NamedStream.open(cluster, running.get(random.nextInt(running.size())), "p");
    }

    /** Sends what is not acknowledged, and more, and breaks off or has a broker die. */
    void round(int round) throws Exception {
      NamedStream stream = open();
      int from = Math.max(0, ackedBatches - (random.nextBoolean() ? 0 : random.nextInt(150)));
      makeBatches(150);
      for (int i = from; i < batches.size(); i++) {
        stream.send(batches.get(i));
      }
      int wanted = random.nextInt(60);
      if (wanted > 0) {
        stream.awaitAck(wanted);
      }
      boolean dies = round % 4 == 3;
      int dead = cluster.running().get(random.nextInt(3));
      if (dies) {
        cluster.kill(dead);
        stream.end();
      } else {
        stream.breakOff();
      }
      assertFailure(stream);
      note(stream, from);
      if (dies) {
        finish(ackedBatches);
        var unused = cluster.start(dead);
        cluster.awaitReady();
      }
    }

    private static void assertFailure(NamedStream stream) {
      BrokerError error = stream.failure() == null ? null : Statuses.errorOf(stream.failure());
      assertThat(error == null ? ErrorReason.ERROR_REASON_OUTCOME_UNKNOWN : error.reason())
          .isIn(
              Set.of(
                  ErrorReason.ERROR_REASON_OUTCOME_UNKNOWN,
                  ErrorReason.ERROR_REASON_NO_LEADER,
                  ErrorReason.ERROR_REASON_BROKER_STOPPING));
    }

    private void note(NamedStream stream, int from) {
      int acks = stream.ackCount();
      for (int i = 0; i < acks; i++) {
        ProduceStreamBatch.Builder batch = batches.get(from + i);
        int records = 0;
        for (PartitionResult result : stream.ack(1 + i)) {
          records += result.getRecordCount();
          assertThat(result.getOutcome()).isIn(APPLIED, DUPLICATE);
          assertThat(result.getRecordIndexesCount()).isEqualTo(result.getRecordCount());
          assertThat(result.getFirstOffset() >= 0 || result.getOutcome() == DUPLICATE).isTrue();
          for (int at = 0; at < result.getRecordCount() && result.getFirstOffset() >= 0; at++) {
            acknowledged
                .computeIfAbsent(result.getPartition(), partition -> new TreeMap<>())
                .merge(
                    result.getFirstOffset() + at,
                    String.valueOf(batch.getFirstSequence() + result.getRecordIndexes(at)),
                    (one, other) -> one.equals(other) ? one : one + " and " + other);
          }
        }
        assertThat(records).isEqualTo(batch.getBatch().getRecords().getRecordsCount());
      }
      ackedBatches = Math.max(ackedBatches, from + acks);
    }

    /** Sends all from a batch on, until all is acknowledged. */
    void finish(int from) {
      int next = from;
      for (int tries = 0; tries < 20 && next < batches.size(); tries++) {
        NamedStream stream = open();
        batches.subList(next, batches.size()).forEach(stream::send);
        stream.end();
        assertFailure(stream);
        note(stream, next);
        next += stream.ackCount();
      }
      assertThat(next).isEqualTo(batches.size());
    }

    void assertLogs() {
      List<Long> all = new ArrayList<>();
      for (int partition = 0; partition < PARTITIONS; partition++) {
        List<String> log = log(cluster, partition);
        List<Long> sequences = log.stream().map(Long::valueOf).toList();
        assertThat(sequences).isSorted();
        all.addAll(sequences);
        acknowledged
            .getOrDefault(partition, Map.of())
            .forEach((offset, value) -> assertThat(log.get(offset.intValue())).isEqualTo(value));
      }
      assertThat(all)
          .containsExactlyInAnyOrderElementsOf(LongStream.range(1, nextSequence).boxed().toList());
    }
  }
}
