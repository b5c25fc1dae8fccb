// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.server.grpc.Statuses;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.OpenProducerRequest;
import dev.almadia.v1.OpenProducerResponse;
import dev.almadia.v1.PartitionResult;
import dev.almadia.v1.ProduceRequest;
import dev.almadia.v1.ProducerPosition;
import dev.almadia.v1.ProducerServiceGrpc;
import dev.almadia.v1.Record;
import dev.almadia.v1.RecordBatch;
import dev.almadia.v1.RecordSet;
import dev.almadia.v1.WriteOutcome;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Producers that are opened, and so end their earlier instances; through generated stubs only. */
class OpenProducerTest {
  @TempDir Path folder;

  private static ProducerServiceGrpc.ProducerServiceBlockingStub stub(
      TestCluster cluster, int broker) {
    return ProducerServiceGrpc.newBlockingStub(cluster.channel(broker))
        .withDeadlineAfter(20, TimeUnit.SECONDS);
  }

  private static OpenProducerResponse open(
      TestCluster cluster, int broker, String id, Integer... partitions) {
    return stub(cluster, broker)
        .openProducer(
            OpenProducerRequest.newBuilder()
                .setTopic("orders")
                .setProducerId(id)
                .addAllPartitions(List.of(partitions))
                .build());
  }

  private static PartitionResult produce(
      TestCluster cluster, int broker, int partition, long epoch, long sequence) {
    Record record =
        Record.newBuilder().setValue(ByteString.copyFromUtf8(epoch + "-" + sequence)).build();
    return stub(cluster, broker)
        .produce(
            ProduceRequest.newBuilder()
                .setTopic("orders")
                .setPartition(partition)
                .setBatch(
                    RecordBatch.newBuilder().setRecords(RecordSet.newBuilder().addRecords(record)))
                .setProducerId("p")
                .setProducerEpoch(epoch)
                .setFirstSequence(sequence)
                .build())
        .getResults(0);
  }

  private static Map<String, String> refused(ErrorReason reason, ThrowingCallable call) {
    StatusRuntimeException thrown = catchThrowableOfType(StatusRuntimeException.class, call);
    assertThat(thrown).as("%s", reason).isNotNull();
    BrokerError error = Statuses.errorOf(thrown);
    assertThat(error.reason()).isEqualTo(reason);
    return error.metadata();
  }

  @Test
  void anOpeningEndsTheInstanceBeforeEverywhereAndTellsWhereItStood() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3).startAll()) {
      BrokerClusterTest.createTopic(cluster.channel(1), "orders", 6);
      produce(cluster, 1, 2, 0, 1);
      produce(cluster, 1, 2, 0, 2);

      OpenProducerResponse first = open(cluster, 1, "p");

      assertThat(first.getProducerEpoch()).isEqualTo(1);
      assertThat(first.getTopicId()).isPositive();
      assertThat(first.getPositionsList())
          .extracting(ProducerPosition::getPartition)
          .containsExactly(0, 1, 2, 3, 4, 5);
      for (ProducerPosition position : first.getPositionsList()) {
        boolean isWritten = position.getPartition() == 2;
        assertThat(position.getProducerEpoch()).isEqualTo(1);
        assertThat(position.getLastSequence()).isEqualTo(isWritten ? 2 : 0);
        assertThat(position.getLastOffset()).isEqualTo(isWritten ? 1 : -1);
        assertThat(position.getLastAppendTimeMs() > 0).isEqualTo(isWritten);
      }
      for (int partition = 0; partition < 6; partition++) {
        int written = partition;
        long next = partition == 2 ? 3 : 1;
        for (int broker = 1; broker <= 3; broker++) {
          int asked = broker;
          assertThat(
                  refused(
                      ErrorReason.ERROR_REASON_PRODUCER_FENCED,
                      () -> produce(cluster, asked, written, 0, next)))
              .containsEntry("your_epoch", "0")
              .containsEntry("current_epoch", "1")
              .containsEntry("partition", String.valueOf(partition));
        }
        assertThat(produce(cluster, 2, partition, 1, next).getFirstOffset()).isEqualTo(next - 1);
      }
      assertThat(open(cluster, 2, "p").getProducerEpoch()).isEqualTo(2);
      assertThat(open(cluster, 3, "q").getProducerEpoch()).isEqualTo(1);
    }
  }

  @Test
  void whoWasFencedStaysFencedWhoeverLeadsAndAfterARestart() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3).startAll()) {
      BrokerClusterTest.createTopic(cluster.channel(1), "orders", 1);
      open(cluster, 1, "p");
      produce(cluster, 1, 0, 1, 1);
      assertThat(open(cluster, 1, "p").getPositions(0).getLastSequence()).isEqualTo(1);

      cluster.kill(
          BrokerClusterTest.partition(cluster.channel(1), "orders", 0).getLeaderBrokerId());
      int left = cluster.running().get(0);
      refused(ErrorReason.ERROR_REASON_PRODUCER_FENCED, () -> produce(cluster, left, 0, 1, 2));
      assertThat(produce(cluster, left, 0, 2, 1).getOutcome())
          .as("a resend of the new instance")
          .isEqualTo(WriteOutcome.WRITE_OUTCOME_DUPLICATE);

      cluster.running().forEach(cluster::kill);
      cluster.startAll();
      refused(ErrorReason.ERROR_REASON_PRODUCER_FENCED, () -> produce(cluster, 2, 0, 1, 2));
      assertThat(produce(cluster, 2, 0, 2, 2).getFirstOffset()).isEqualTo(1);
      assertThat(open(cluster, 3, "p").getProducerEpoch()).isEqualTo(3);
      assertThat(BrokerClusterTest.fetch(cluster.channel(1), "orders", 0))
          .containsExactly("1-1", "2-2");
    }
  }

  @Test
  void ofManyThatOpenAtOnceEachHasItsOwnEpochAndTheLastCanWrite() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3).startAll()) {
      BrokerClusterTest.createTopic(cluster.channel(1), "orders", 4);
      List<CompletableFuture<Long>> calls = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        int broker = 1 + i % 3;
        calls.add(
            CompletableFuture.supplyAsync(
                () -> {
                  try {
                    return open(cluster, broker, "p").getProducerEpoch();
                  } catch (StatusRuntimeException e) {
                    assertThat(Statuses.errorOf(e).reason())
                        .isEqualTo(ErrorReason.ERROR_REASON_PRODUCER_FENCED);
                    return 0L;
                  }
                }));
      }
      List<Long> epochs = new ArrayList<>();
      for (CompletableFuture<Long> call : calls) {
        epochs.add(call.get(30, TimeUnit.SECONDS));
      }
      assertThat(epochs.stream().filter(epoch -> epoch > 0)).isNotEmpty().doesNotHaveDuplicates();

      long last = open(cluster, 1, "p").getProducerEpoch();
      assertThat(epochs).allMatch(epoch -> epoch < last);
      for (int partition = 0; partition < 4; partition++) {
        assertThat(produce(cluster, 2, partition, last, 1).getOutcome())
            .isEqualTo(WriteOutcome.WRITE_OUTCOME_APPLIED);
      }
    }
  }

  @Test
  void partitionsThatAreNotNamedKeepTheirEpochAndBadCallsAreRefused() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 1).startAll()) {
      BrokerClusterTest.createTopic(cluster.channel(1), "orders", 3);
      OpenProducerResponse some = open(cluster, 1, "p", 2, 0);
      assertThat(some.getPositionsList())
          .extracting(ProducerPosition::getPartition)
          .containsExactly(2, 0);
      assertThat(produce(cluster, 1, 1, 0, 1).getFirstOffset()).isZero();
      refused(ErrorReason.ERROR_REASON_UNKNOWN_PRODUCER_EPOCH, () -> produce(cluster, 1, 1, 1, 2));
      assertThat(open(cluster, 1, "p").getProducerEpoch()).as("above all of them").isEqualTo(2);

      refused(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, () -> open(cluster, 1, ""));
      refused(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, () -> open(cluster, 1, "a/b"));
      refused(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, () -> open(cluster, 1, "p", 1, 1));
      refused(ErrorReason.ERROR_REASON_PARTITION_NOT_FOUND, () -> open(cluster, 1, "p", 3));
      refused(ErrorReason.ERROR_REASON_PARTITION_NOT_FOUND, () -> open(cluster, 1, "p", -1));
    }
  }
}
