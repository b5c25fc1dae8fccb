// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.almadia.v1.ConsumerServiceGrpc;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.FetchRequest;
import dev.almadia.v1.FetchResponse;
import dev.almadia.v1.PartitionResult;
import dev.almadia.v1.Position;
import dev.almadia.v1.ProduceStreamBatch;
import dev.almadia.v1.ProduceStreamOpen;
import dev.almadia.v1.ProduceStreamOpened;
import dev.almadia.v1.ProducerPosition;
import dev.almadia.v1.SequenceRange;
import dev.almadia.v1.StoredBatch;
import dev.almadia.v1.WriteOutcome;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streams of producers with a name that names the partition too; through generated stubs only. */
class NamedStreamTest {
  private static final WriteOutcome APPLIED = WriteOutcome.WRITE_OUTCOME_APPLIED;
  private static final WriteOutcome DUPLICATE = WriteOutcome.WRITE_OUTCOME_DUPLICATE;

  @TempDir Path folder;

  private static ProduceStreamBatch.Builder batch(int partition, long firstSequence, int count) {
    return NamedStream.batch(firstSequence, count).setPartition(partition);
  }

  private static List<String> sequences(long first, long last) {
    return LongStream.rangeClosed(first, last).mapToObj(String::valueOf).toList();
  }

  private static List<String> log(TestCluster cluster, int partition) {
    return BrokerClusterTest.fetch(cluster.channel(cluster.running().get(0)), "orders", partition);
  }

  private static int leader(TestCluster cluster) {
    return await()
        .atMost(TestCluster.PATIENCE)
        .until(
            () ->
                BrokerClusterTest.partition(cluster.channel(cluster.running().get(0)), "orders", 0)
                    .getLeaderBrokerId(),
            cluster.running()::contains);
  }

  private static int otherThanLeader(TestCluster cluster) {
    int leader = leader(cluster);
    return cluster.running().stream().filter(id -> id != leader).findFirst().orElseThrow();
  }

  /** Sends so many batches of two records from a sequence on. */
  private static void send(NamedStream stream, long firstSequence, int batches) {
    for (int i = 0; i < batches; i++) {
      stream.send(batch(0, firstSequence + 2L * i, 2));
    }
  }

  /** Checks that each batch got its own place, and which of them were there before. */
  private static void assertAcks(NamedStream stream, long firstSequence, long knownThrough) {
    for (int i = 0; i < stream.ackCount(); i++) {
      PartitionResult result = stream.ack(1 + i).get(0);
      long first = firstSequence + 2L * i;
      assertThat(result.getFirstSequence()).isEqualTo(first);
      assertThat(result.getLastSequence()).isEqualTo(first + 1);
      assertThat(result.getRecordCount()).isEqualTo(2);
      assertThat(result.getOutcome()).isEqualTo(first <= knownThrough ? DUPLICATE : APPLIED);
      assertThat(result.getFirstOffset()).isEqualTo(first - 1);
      assertThat(result.getAppendTimeMs() > 0).isEqualTo(first > knownThrough);
    }
  }

  @Test
  void whatIsSentAgainIsThereOnceOverWhicheverBrokerAndWhoeverLeads() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3).startAll()) {
      BrokerClusterTest.createTopic(cluster.channel(1), "orders", 1);
      NamedStream first = NamedStream.open(cluster, leader(cluster), "p");
      send(first, 1, 60);
      first.awaitAck(60);
      assertAcks(first, 1, 0);
      first.breakOff();

      NamedStream second = NamedStream.open(cluster, otherThanLeader(cluster), "p");
      ProducerPosition position = second.awaitOpened().getPositions(0);
      assertThat(position.getLastSequence()).isEqualTo(120);
      assertThat(position.getLastOffset()).isEqualTo(119);
      send(second, 41, 80);
      second.finish();
      assertAcks(second, 41, 120);
      assertThat(second.ackCount()).isEqualTo(80);

      cluster.kill(leader(cluster));
      NamedStream third = NamedStream.open(cluster, cluster.running().get(0), "p");
      send(third, 1, 120);
      third.finish();
      assertAcks(third, 1, 200);

      cluster.running().forEach(cluster::kill);
      cluster.startAll();
      NamedStream fourth = NamedStream.open(cluster, 2, "p");
      assertThat(fourth.awaitOpened().getProducerEpoch()).isEqualTo(4);
      send(fourth, 181, 40);
      fourth.finish();
      assertAcks(fourth, 181, 240);
      assertThat(log(cluster, 0)).isEqualTo(sequences(1, 260));
    }
  }

  @Test
  void manyBatchesGoIntoOneEntryWhereverTheyComeFrom() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3).startAll()) {
      BrokerClusterTest.createTopic(cluster.channel(1), "orders", 1);
      NamedStream here = NamedStream.open(cluster, leader(cluster), "p");
      send(here, 1, 500);
      here.finish();
      assertAcks(here, 1, 0);
      NamedStream over = NamedStream.open(cluster, otherThanLeader(cluster), "p");
      send(over, 501, 500);
      over.finish();
      assertAcks(over, 501, 1000);
      assertThat(over.ackCount()).isEqualTo(500);

      assertThat(log(cluster, 0)).isEqualTo(sequences(1, 1500));
      List<StoredBatch> entries = entries(cluster);
      assertThat(entries.size()).isLessThan(375);
      long next = 1;
      for (StoredBatch entry : entries) {
        for (SequenceRange range : entry.getProducer().getRangesList()) {
          assertThat(range.getFirstSequence()).isEqualTo(next);
          next = range.getLastSequence() + 1;
        }
      }
      assertThat(next).isEqualTo(1501);
    }
  }

  private static List<StoredBatch> entries(TestCluster cluster) {
    List<StoredBatch> entries = new ArrayList<>();
    FetchResponse response;
    long offset = 0;
    do {
      response =
          ConsumerServiceGrpc.newBlockingStub(cluster.channel(1))
              .withDeadlineAfter(15, TimeUnit.SECONDS)
              .fetch(
                  FetchRequest.newBuilder()
                      .setTopic("orders")
                      .setPosition(Position.newBuilder().setOffset(offset))
                      .build());
      entries.addAll(response.getBatchesList());
      offset = response.getNextOffset();
    } while (offset < response.getHighWatermark());
    return entries;
  }

  @Test
  void aNewStreamEndsTheOneBeforeAlsoWhatItHasUnderWay() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3).startAll()) {
      BrokerClusterTest.createTopic(cluster.channel(1), "orders", 1);
      for (int round = 0; round < 5; round++) {
        NamedStream before = NamedStream.open(cluster, 1 + round % 3, "p");
        long start = before.awaitOpened().getPositions(0).getLastSequence() + 1;
        NamedStream after =
            NamedStream.open(
                cluster, 1 + (round + 1) % 3, ProduceStreamOpen.newBuilder().setProducerId("p"));
        for (long next = start; !before.isOver(); ) {
          if (next - start < before.ackCount() + 30) {
            before.send(batch(0, next++, 1));
          }
        }
        assertThat(before.awaitRefusal(ErrorReason.ERROR_REASON_PRODUCER_FENCED))
            .containsEntry("producer_id", "p")
            .containsEntry("your_epoch", String.valueOf(1 + 2 * round))
            .containsEntry("current_epoch", String.valueOf(2 + 2 * round))
            .containsKey("batch_id");
        ProducerPosition position = after.awaitOpened().getPositions(0);
        assertThat(position.getLastSequence())
            .isGreaterThanOrEqualTo(start - 1 + before.ackCount());
        assertThat(log(cluster, 0)).hasSize((int) position.getLastSequence());
        after.send(batch(0, position.getLastSequence() + 1, 1));
        after.finish();
      }
      List<String> log = log(cluster, 0);
      assertThat(log).isEqualTo(sequences(1, log.size()));
    }
  }

  @Test
  void streamsAttachToAnEpochThatIsOpenAndToNoOther() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 1).startAll()) {
      BrokerClusterTest.createTopic(cluster.channel(1), "orders", 2);
      ProduceStreamOpened opened = NamedStream.open(cluster, 1, "p").awaitOpened();
      assertThat(opened.getProducerEpoch()).isEqualTo(1);
      assertThat(opened.getTopicId()).isPositive();
      assertThat(opened.getPartitions()).isEqualTo(2);
      assertThat(opened.getPositionsList()).hasSize(2);

      NamedStream one = NamedStream.attach(cluster, 1, "p", 1);
      NamedStream other = NamedStream.attach(cluster, 1, "p", 1);
      assertThat(one.awaitOpened().getProducerEpoch()).isEqualTo(1);
      assertThat(one.awaitOpened().getPositionsList()).isEmpty();
      long both = one.send(batch(0, 1, 3));
      assertThat(one.awaitAck(both).get(0).getOutcome()).isEqualTo(APPLIED);
      both = other.send(batch(1, 1, 3));
      assertThat(other.awaitAck(both).get(0).getOutcome()).isEqualTo(APPLIED);

      NamedStream early = NamedStream.attach(cluster, 1, "p", 2);
      early.send(batch(0, 4, 1));
      assertThat(early.awaitRefusal(ErrorReason.ERROR_REASON_UNKNOWN_PRODUCER_EPOCH))
          .containsEntry("current_epoch", "1");
      NamedStream next = NamedStream.open(cluster, 1, "p");
      one.send(batch(0, 4, 1));
      one.awaitRefusal(ErrorReason.ERROR_REASON_PRODUCER_FENCED);
      next.send(batch(0, 4, 1));
      next.finish();
      NamedStream late = NamedStream.attach(cluster, 1, "p", 1);
      late.send(batch(0, 5, 1));
      late.awaitRefusal(ErrorReason.ERROR_REASON_PRODUCER_FENCED);
    }
  }

  @Test
  void eachRefusalHasItsReasonAndEndsTheStreamBehindWhatWasBefore() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 1).startAll()) {
      BrokerClusterTest.createTopic(cluster.channel(1), "orders", 3);
      Map<ErrorReason, List<ProduceStreamBatch.Builder>> refused =
          Map.of(
              ErrorReason.ERROR_REASON_SEQUENCE_GAP,
              List.of(batch(0, 13, 1), batch(1, 2, 1)),
              ErrorReason.ERROR_REASON_SEQUENCE_REGRESSED,
              List.of(batch(0, 11, 1), batch(0, 10, 2), batch(0, 1, 1)),
              ErrorReason.ERROR_REASON_PRODUCER_NUMBERING_MIXED,
              List.of(NamedStream.batch(12, 1)),
              ErrorReason.ERROR_REASON_INVALID_ARGUMENT,
              List.of(
                  batch(0, 0, 1),
                  batch(0, -1, 1),
                  batch(0, Long.MAX_VALUE, 2),
                  batch(2, 1, 1),
                  batch(0, 12, 1).setExpectedNextOffset(-1),
                  NamedStream.batch(12, 1).setExpectedNextOffset(11)),
              ErrorReason.ERROR_REASON_EXPECTED_OFFSET_MISMATCH,
              List.of(batch(0, 12, 1).setExpectedNextOffset(10)));
      refused.forEach(
          (reason, batches) -> {
            for (ProduceStreamBatch.Builder bad : batches) {
              NamedStream stream =
                  NamedStream.open(
                      cluster,
                      1,
                      ProduceStreamOpen.newBuilder()
                          .setProducerId("p")
                          .addPartitions(1)
                          .addPartitions(0));
              stream.send(batch(0, 1, 6));
              stream.send(batch(0, 7, 5));
              stream.send(bad);
              assertThat(stream.awaitRefusal(reason)).containsEntry("batch_id", "3");
              assertThat(stream.ackCount()).isEqualTo(2);
            }
          });
      assertThat(log(cluster, 0)).isEqualTo(sequences(1, 11));
      assertThat(log(cluster, 1)).isEmpty();
      assertThat(log(cluster, 2)).isEmpty();
    }
  }

  @Test
  void ofBatchesThatWaitTogetherOnlyTheWrongOneIsRefused() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3).startAll()) {
      BrokerClusterTest.createTopic(cluster.channel(1), "orders", 1);
      NamedStream first = NamedStream.open(cluster, 1, "p");
      send(first, 1, 30);
      first.finish();
      for (int broker = 1; broker <= 3; broker++) {
        NamedStream again = NamedStream.open(cluster, broker, "p");
        send(again, 1, 29);
        long wrong = again.send(batch(0, 59, 4));
        send(again, 63, 5);
        assertThat(again.awaitRefusal(ErrorReason.ERROR_REASON_SEQUENCE_REGRESSED))
            .containsEntry("batch_id", String.valueOf(wrong))
            .containsEntry("last_sequence", "60")
            .containsEntry("got", "59");
        assertThat(again.ackCount()).isEqualTo(29);
        assertAcks(again, 1, 60);
      }
      assertThat(log(cluster, 0)).isEqualTo(sequences(1, 60));
    }
  }

  @Test
  void openingsThatMakeNoSenseAreInvalid() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 1).startAll()) {
      BrokerClusterTest.createTopic(cluster.channel(1), "orders", 2);
      for (ProduceStreamOpen.Builder bad :
          List.of(
              ProduceStreamOpen.newBuilder().setProducerId("a/b"),
              ProduceStreamOpen.newBuilder().setProducerId("p").setProducerEpoch(-1),
              ProduceStreamOpen.newBuilder().setProducerEpoch(1),
              ProduceStreamOpen.newBuilder().addPartitions(0),
              ProduceStreamOpen.newBuilder()
                  .setProducerId("p")
                  .setProducerEpoch(1)
                  .addPartitions(0),
              ProduceStreamOpen.newBuilder()
                  .setProducerId("p")
                  .addPartitions(0)
                  .addPartitions(0))) {
        assertThat(
                NamedStream.open(cluster, 1, bad)
                    .awaitRefusal(ErrorReason.ERROR_REASON_INVALID_ARGUMENT))
            .containsKey("field");
      }
      NamedStream.open(
              cluster, 1, ProduceStreamOpen.newBuilder().setProducerId("p").addPartitions(2))
          .awaitRefusal(ErrorReason.ERROR_REASON_PARTITION_NOT_FOUND);
      NamedStream nameless = NamedStream.open(cluster, 1, ProduceStreamOpen.newBuilder());
      nameless.send(batch(0, 1, 1));
      assertThat(nameless.awaitRefusal(ErrorReason.ERROR_REASON_INVALID_ARGUMENT))
          .containsEntry("field", "first_sequence");
      assertThat(log(cluster, 0)).isEmpty();
    }
  }

  @Test
  void aBatchIsAppendedOnlyAtTheOffsetThatItExpects() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3).startAll()) {
      BrokerClusterTest.createTopic(cluster.channel(1), "orders", 1);
      int other = otherThanLeader(cluster);
      for (String producer : List.of("", "p")) {
        NamedStream stream =
            NamedStream.open(
                cluster, other, ProduceStreamOpen.newBuilder().setProducerId(producer));
        boolean isNamed = !producer.isEmpty();
        int start = log(cluster, 0).size();
        for (int i = 0; i < 50; i++) {
          stream.send(
              batch(0, 1 + i, 1)
                  .setExpectedNextOffset(start + i)
                  .setFirstSequence(isNamed ? 1 + i : 0));
        }
        long last = stream.send(batch(0, isNamed ? 51 : 0, 1).setExpectedNextOffset(start + 49));
        assertThat(stream.awaitRefusal(ErrorReason.ERROR_REASON_EXPECTED_OFFSET_MISMATCH))
            .containsEntry("expected", String.valueOf(start + 49))
            .containsEntry("actual", String.valueOf(start + 50))
            .containsEntry("batch_id", String.valueOf(last));
        assertThat(stream.ackCount()).isEqualTo(50);
      }
      NamedStream again = NamedStream.open(cluster, other, "p");
      long known = again.send(batch(0, 50, 1).setExpectedNextOffset(99));
      assertThat(again.awaitAck(known).get(0).getOutcome())
          .as("what is there has the place that it expected")
          .isEqualTo(DUPLICATE);
      assertThat(log(cluster, 0)).hasSize(100);
    }
  }
}
