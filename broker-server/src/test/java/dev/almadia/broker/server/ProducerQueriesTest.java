// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import dev.almadia.broker.server.grpc.Statuses;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.FenceProducerRequest;
import dev.almadia.v1.FenceProducerResponse;
import dev.almadia.v1.GetProducerRequest;
import dev.almadia.v1.ListProducersRequest;
import dev.almadia.v1.ListProducersResponse;
import dev.almadia.v1.OpenProducerRequest;
import dev.almadia.v1.PartitionResult;
import dev.almadia.v1.ProduceRequest;
import dev.almadia.v1.ProducerInfo;
import dev.almadia.v1.ProducerPosition;
import dev.almadia.v1.ProducerServiceGrpc;
import dev.almadia.v1.Record;
import dev.almadia.v1.RecordBatch;
import dev.almadia.v1.RecordSet;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Producers are looked up, listed and fenced, over any broker. */
class ProducerQueriesTest {
  @TempDir static Path folder;
  private static TestCluster cluster;

  @BeforeAll
  static void start() throws Exception {
    cluster = new TestCluster(folder, 3).startAll();
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static ProducerServiceGrpc.ProducerServiceBlockingStub stub(int broker) {
    return ProducerServiceGrpc.newBlockingStub(cluster.channel(broker))
        .withDeadlineAfter(20, TimeUnit.SECONDS);
  }

  private static PartitionResult produce(
      String topic, String id, int partition, long epoch, long sequence) {
    Record record = Record.newBuilder().setValue(ByteString.copyFromUtf8("v")).build();
    return stub(1)
        .produce(
            ProduceRequest.newBuilder()
                .setTopic(topic)
                .setPartition(partition)
                .setBatch(
                    RecordBatch.newBuilder().setRecords(RecordSet.newBuilder().addRecords(record)))
                .setProducerId(id)
                .setProducerEpoch(epoch)
                .setFirstSequence(sequence)
                .build())
        .getResults(0);
  }

  private static List<ProducerPosition> get(int broker, String topic, String id) {
    return stub(broker)
        .getProducer(GetProducerRequest.newBuilder().setTopic(topic).setProducerId(id).build())
        .getPositionsList();
  }

  private static ListProducersResponse list(int broker, String topic, int size, String token) {
    return stub(broker)
        .listProducers(
            ListProducersRequest.newBuilder()
                .setTopic(topic)
                .setPageSize(size)
                .setPageToken(token)
                .build());
  }

  private static void refused(ErrorReason reason, ThrowingCallable call) {
    StatusRuntimeException thrown = catchThrowableOfType(StatusRuntimeException.class, call);
    assertThat(thrown).as("%s", reason).isNotNull();
    assertThat(Statuses.errorOf(thrown).reason()).isEqualTo(reason);
  }

  @Test
  void anyBrokerTellsWhereAProducerStandsInEachPartitionThatKnowsIt() throws Exception {
    BrokerClusterTest.createTopic(cluster.channel(1), "where", 4);
    produce("where", "p", 1, 0, 1);
    produce("where", "p", 1, 0, 2);
    PartitionResult last = produce("where", "p", 3, 0, 1);
    produce("where", "q", 0, 0, 1);

    for (int broker = 1; broker <= 3; broker++) {
      List<ProducerPosition> positions = get(broker, "where", "p");
      assertThat(positions).extracting(ProducerPosition::getPartition).containsExactly(1, 3);
      assertThat(positions.get(0).getLastSequence()).isEqualTo(2);
      assertThat(positions.get(0).getLastOffset()).isEqualTo(1);
      assertThat(positions.get(1).getLastAppendTimeMs()).isEqualTo(last.getAppendTimeMs());
      assertThat(get(broker, "where", "nobody")).isEmpty();
    }
    refused(ErrorReason.ERROR_REASON_TOPIC_NOT_FOUND, () -> get(2, "no-topic", "p"));
    refused(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, () -> get(2, "where", "not a name"));
  }

  @Test
  void producersAreListedByNameInPagesAndEachOnce() throws Exception {
    BrokerClusterTest.createTopic(cluster.channel(1), "listed", 3);
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      ids.add("p" + i);
      for (int partition = 0; partition <= i % 3; partition++) {
        produce("listed", "p" + i, partition, 0, 1);
      }
    }
    var unused =
        stub(3)
            .openProducer(
                OpenProducerRequest.newBuilder()
                    .setTopic("listed")
                    .setProducerId("~transient")
                    .addPartitions(2)
                    .build());
    ids.add("~transient");

    for (int size : new int[] {1, 2, 3, 7, 8, 0, 5_000}) {
      List<ProducerInfo> all = new ArrayList<>();
      String token = "";
      int broker = 1;
      do {
        ListProducersResponse page = list(broker, "listed", size, token);
        all.addAll(page.getProducersList());
        token = page.getNextPageToken();
        broker = broker % 3 + 1;
      } while (!token.isEmpty());
      assertThat(all).extracting(ProducerInfo::getProducerId).containsExactlyElementsOf(ids);
      assertThat(all.get(4).getPartitionCount()).isEqualTo(2);
      assertThat(all.get(4).getLastAppendTimeMs()).isPositive();
      assertThat(all.get(7).getProducerEpoch()).isPositive();
      assertThat(all.get(7).getLastAppendTimeMs()).isZero();
    }
    refused(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, () -> list(1, "listed", -1, ""));
  }

  @Test
  void whoIsFencedWritesNoMoreUntilItIsOpenedAgain() throws Exception {
    BrokerClusterTest.createTopic(cluster.channel(1), "fenced", 2);
    produce("fenced", "p", 0, 0, 1);

    FenceProducerResponse fenced =
        stub(2)
            .fenceProducer(
                FenceProducerRequest.newBuilder().setTopic("fenced").setProducerId("p").build());

    assertThat(fenced.getProducerEpoch()).isEqualTo(1);
    assertThat(fenced.getPositionsList())
        .extracting(ProducerPosition::getLastSequence)
        .containsExactly(1L, 0L);
    for (int partition = 0; partition < 2; partition++) {
      int written = partition;
      refused(
          ErrorReason.ERROR_REASON_PRODUCER_FENCED, () -> produce("fenced", "p", written, 0, 2));
    }
    long epoch =
        stub(3)
            .openProducer(
                OpenProducerRequest.newBuilder().setTopic("fenced").setProducerId("p").build())
            .getProducerEpoch();
    assertThat(epoch).isEqualTo(2);
    assertThat(produce("fenced", "p", 0, epoch, 2).getFirstOffset()).isEqualTo(1);
  }
}
