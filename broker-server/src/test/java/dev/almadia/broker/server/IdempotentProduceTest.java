// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.server.grpc.Forwarder;
import dev.almadia.broker.server.grpc.Statuses;
import dev.almadia.internal.v1.ForwardedSequences;
import dev.almadia.internal.v1.OpaqueProduceRequest;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.PartitionResult;
import dev.almadia.v1.ProduceRequest;
import dev.almadia.v1.ProduceResponse;
import dev.almadia.v1.ProducerServiceGrpc;
import dev.almadia.v1.ProducerStamp;
import dev.almadia.v1.Record;
import dev.almadia.v1.RecordBatch;
import dev.almadia.v1.RecordSet;
import dev.almadia.v1.SequenceRange;
import dev.almadia.v1.WriteOutcome;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Producers that name themselves and resend, seen through generated stubs only. */
class IdempotentProduceTest {
  private static final WriteOutcome APPLIED = WriteOutcome.WRITE_OUTCOME_APPLIED;
  private static final WriteOutcome DUPLICATE = WriteOutcome.WRITE_OUTCOME_DUPLICATE;

  @TempDir Path folder;

  private static ProduceRequest.Builder request(String producer, long firstSequence, int count) {
    RecordSet.Builder records = RecordSet.newBuilder();
    for (int i = 0; i < count; i++) {
      records.addRecords(
          Record.newBuilder()
              .setValue(ByteString.copyFromUtf8(producer + "-" + (firstSequence + i))));
    }
    return ProduceRequest.newBuilder()
        .setTopic("orders")
        .setPartition(0)
        .setBatch(RecordBatch.newBuilder().setRecords(records))
        .setProducerId(producer)
        .setFirstSequence(firstSequence);
  }

  private static ProduceResponse produce(
      TestCluster cluster, int broker, ProduceRequest.Builder request) {
    return ProducerServiceGrpc.newBlockingStub(cluster.channel(broker))
        .withDeadlineAfter(20, TimeUnit.SECONDS)
        .produce(request.build());
  }

  private static PartitionResult one(
      TestCluster cluster, int broker, ProduceRequest.Builder request) {
    ProduceResponse response = produce(cluster, broker, request);
    assertThat(response.getResultsCount()).isEqualTo(1);
    return response.getResults(0);
  }

  private static void assertOutcome(PartitionResult result, WriteOutcome outcome, long offset) {
    assertThat(result.getOutcome()).isEqualTo(outcome);
    assertThat(result.getFirstOffset()).isEqualTo(offset);
  }

  private static Map<String, String> refused(
      TestCluster cluster, ProduceRequest.Builder request, ErrorReason reason, Status.Code code) {
    StatusRuntimeException thrown =
        catchThrowableOfType(StatusRuntimeException.class, () -> produce(cluster, 1, request));
    assertThat(thrown).as("%s", reason).isNotNull();
    BrokerError error = Statuses.errorOf(thrown);
    assertThat(error.reason()).isEqualTo(reason);
    assertThat(thrown.getStatus().getCode()).isEqualTo(code);
    return error.metadata();
  }

  private static int leader(TestCluster cluster) {
    return BrokerClusterTest.partition(cluster.channel(cluster.running().get(0)), "orders", 0)
        .getLeaderBrokerId();
  }

  @Test
  void whatIsSentAgainIsThereOnceWhoeverIsAskedAndWhoeverLeads() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3).startAll()) {
      BrokerClusterTest.createTopic(cluster.channel(1), "orders", 1);
      for (int i = 0; i < 5; i++) {
        PartitionResult result = one(cluster, 1, request("p", 1 + 2L * i, 2));
        assertOutcome(result, APPLIED, 2L * i);
        assertThat(result.getFirstSequence()).isEqualTo(1 + 2L * i);
        assertThat(result.getLastSequence()).isEqualTo(2 + 2L * i);
      }
      for (int broker = 1; broker <= 3; broker++) {
        assertOutcome(one(cluster, broker, request("p", 5, 2)), DUPLICATE, 4);
      }

      cluster.kill(leader(cluster));
      int other = cluster.running().get(0);
      assertOutcome(one(cluster, other, request("p", 1, 2)), DUPLICATE, 0);
      assertOutcome(one(cluster, other, request("p", 9, 2)), DUPLICATE, 8);
      assertOutcome(one(cluster, other, request("p", 11, 1)), APPLIED, 10);

      cluster.running().forEach(cluster::kill);
      cluster.startAll();
      assertOutcome(one(cluster, 2, request("p", 11, 1)), DUPLICATE, 10);
      assertOutcome(one(cluster, 2, request("p", 12, 1)), APPLIED, 11);
      assertThat(BrokerClusterTest.fetch(cluster.channel(1), "orders", 0))
          .containsExactly(
              "p-1", "p-2", "p-3", "p-4", "p-5", "p-6", "p-7", "p-8", "p-9", "p-10", "p-11",
              "p-12");
    }
  }

  @Test
  void manyThatSendTheSameAtOnceAreAnsweredAlikeAndOneOfThemAppends() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3).startAll()) {
      BrokerClusterTest.createTopic(cluster.channel(1), "orders", 1);
      for (int round = 0; round < 10; round++) {
        List<CompletableFuture<PartitionResult>> answers = new ArrayList<>();
        long sequence = 1 + 3L * round;
        for (int i = 0; i < 9; i++) {
          int broker = 1 + i % 3;
          answers.add(
              CompletableFuture.supplyAsync(() -> one(cluster, broker, request("p", sequence, 3))));
        }
        int applied = 0;
        for (CompletableFuture<PartitionResult> answer : answers) {
          PartitionResult result = answer.get(30, TimeUnit.SECONDS);
          applied += result.getOutcome() == APPLIED ? 1 : 0;
          assertThat(result.getFirstOffset()).isEqualTo(3L * round);
        }
        assertThat(applied).isEqualTo(1);
      }
      assertThat(BrokerClusterTest.fetch(cluster.channel(2), "orders", 0))
          .hasSize(30)
          .doesNotHaveDuplicates();
    }
  }

  @Test
  void recordsThatTheBrokerRoutesFindTheSamePlaceAgain() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 1).startAll()) {
      BrokerClusterTest.createTopic(cluster.channel(1), "orders", 4);
      RecordSet.Builder keyed = RecordSet.newBuilder();
      for (int i = 0; i < 20; i++) {
        Record.Builder record = Record.newBuilder().setValue(ByteString.copyFromUtf8("v" + i));
        if (i % 5 > 0) {
          record.setKey(ByteString.copyFromUtf8("k" + i));
        }
        keyed.addRecords(record);
      }
      ProduceRequest.Builder request =
          request("p", 1, 1).clearPartition().setBatch(RecordBatch.newBuilder().setRecords(keyed));
      ProduceResponse first = produce(cluster, 1, request);
      ProduceResponse again = produce(cluster, 1, request);

      assertThat(first.getResultsCount()).isEqualTo(4);
      for (int i = 0; i < 4; i++) {
        PartitionResult result = first.getResults(i);
        assertThat(result.getOutcome()).isEqualTo(APPLIED);
        assertThat(result.getFirstSequence()).isEqualTo(1 + result.getRecordIndexes(0));
        assertThat(again.getResults(i).getOutcome()).isEqualTo(DUPLICATE);
        assertThat(again.getResults(i).getFirstOffset()).isEqualTo(result.getFirstOffset());
        assertThat(again.getResults(i).getRecordIndexesList())
            .isEqualTo(result.getRecordIndexesList());
      }
      assertThat(produce(cluster, 1, request("q", 1, 3).clearPartition()).getResultsCount())
          .as("records without a key stay together")
          .isEqualTo(1);
      refused(
          cluster,
          request("p", 21, 1).setPartition(first.getResults(0).getPartition()),
          ErrorReason.ERROR_REASON_PRODUCER_NUMBERING_MIXED,
          Status.Code.FAILED_PRECONDITION);
    }
  }

  @Test
  void eachRefusalHasItsReasonAndChangesNothing() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 1).startAll()) {
      BrokerClusterTest.createTopic(cluster.channel(1), "orders", 1);
      assertOutcome(one(cluster, 1, request("p", 1, 5)), APPLIED, 0);

      assertThat(
              refused(
                  cluster,
                  request("p", 7, 1),
                  ErrorReason.ERROR_REASON_SEQUENCE_GAP,
                  Status.Code.FAILED_PRECONDITION))
          .containsEntry("producer_id", "p")
          .containsEntry("last_sequence", "5")
          .containsEntry("got", "7")
          .containsEntry("partition", "0");
      assertThat(
              refused(
                  cluster,
                  request("p", 4, 3),
                  ErrorReason.ERROR_REASON_SEQUENCE_REGRESSED,
                  Status.Code.FAILED_PRECONDITION))
          .containsEntry("last_sequence", "5");
      assertThat(
              refused(
                  cluster,
                  request("p", 6, 1).setProducerEpoch(3),
                  ErrorReason.ERROR_REASON_UNKNOWN_PRODUCER_EPOCH,
                  Status.Code.FAILED_PRECONDITION))
          .containsEntry("your_epoch", "3")
          .containsEntry("current_epoch", "0");
      assertThat(
              refused(
                  cluster,
                  request("p", 6, 1).setExpectedNextOffset(4),
                  ErrorReason.ERROR_REASON_EXPECTED_OFFSET_MISMATCH,
                  Status.Code.ABORTED))
          .containsEntry("expected", "4")
          .containsEntry("actual", "5");
      assertOutcome(one(cluster, 1, request("p", 6, 1).setExpectedNextOffset(5)), APPLIED, 5);
      assertOutcome(one(cluster, 1, request("p", 6, 1).setExpectedNextOffset(5)), DUPLICATE, 5);
      assertThat(BrokerClusterTest.fetch(cluster.channel(1), "orders", 0)).hasSize(6);
    }
  }

  @Test
  void whatBrokersTellEachOtherIsNotBelievedOfClients() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 1).startAll()) {
      BrokerClusterTest.createTopic(cluster.channel(1), "orders", 1);
      Metadata mark = new Metadata();
      mark.put(Forwarder.FORWARDED, "1");
      ProducerServiceGrpc.ProducerServiceBlockingStub pretender =
          ProducerServiceGrpc.newBlockingStub(cluster.channel(1))
              .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(mark))
              .withDeadlineAfter(20, TimeUnit.SECONDS);

      PartitionResult result = pretender.produce(pretended(request("p", 1, 1))).getResults(0);

      assertOutcome(result, APPLIED, 0);
      assertThat(result.getFirstSequence()).isEqualTo(1);
      assertThat(result.getLastSequence()).isEqualTo(1);
      assertOutcome(one(cluster, 1, request("p", 2, 1)), APPLIED, 1);
      StatusRuntimeException thrown =
          catchThrowableOfType(
              StatusRuntimeException.class, () -> pretender.produce(pretended(request("p", 0, 1))));
      assertThat(Statuses.errorOf(thrown).reason())
          .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
      assertThat(BrokerClusterTest.fetch(cluster.channel(1), "orders", 0)).hasSize(2);
    }
  }

  /** With sequences that a broker would have given to a part: the field is reserved for brokers. */
  private static ProduceRequest pretended(ProduceRequest.Builder request) {
    ForwardedSequences sequences =
        ForwardedSequences.newBuilder()
            .setStamp(
                ProducerStamp.newBuilder()
                    .setProducerId("p")
                    .addRanges(
                        SequenceRange.newBuilder()
                            .setFirstSequence(100)
                            .setLastSequence(100)
                            .setRecordCount(1))
                    .build()
                    .toByteString())
            .build();
    return request
        .setUnknownFields(
            UnknownFieldSet.newBuilder()
                .addField(
                    OpaqueProduceRequest.FORWARDED_FIELD_NUMBER,
                    UnknownFieldSet.Field.newBuilder()
                        .addLengthDelimited(sequences.toByteString())
                        .build())
                .build())
        .build();
  }

  @Test
  void badClaimsAreInvalid() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 1).startAll()) {
      BrokerClusterTest.createTopic(cluster.channel(1), "orders", 1);
      List<ProduceRequest.Builder> bad =
          List.of(
              request("p", 0, 1),
              request("p", -5, 1),
              request("p", Long.MAX_VALUE, 2),
              request("p", 1, 1).setProducerEpoch(-1),
              request("a/b", 1, 1),
              request(".p", 1, 1),
              request("p".repeat(129), 1, 1),
              request("pé", 1, 1),
              request("", 1, 1),
              request("", 0, 1).setProducerEpoch(1),
              request("", 0, 1).setExpectedNextOffset(-1),
              request("", 0, 1).clearPartition().setExpectedNextOffset(0));
      for (ProduceRequest.Builder request : bad) {
        assertThat(
                refused(
                    cluster,
                    request,
                    ErrorReason.ERROR_REASON_INVALID_ARGUMENT,
                    Status.Code.INVALID_ARGUMENT))
            .containsKey("field");
      }
      assertThat(BrokerClusterTest.fetch(cluster.channel(1), "orders", 0)).isEmpty();
      assertOutcome(one(cluster, 1, request("", 0, 1).setExpectedNextOffset(0)), APPLIED, 0);
      assertOutcome(one(cluster, 1, request("p".repeat(128), 1, 1)), APPLIED, 1);
    }
  }
}
