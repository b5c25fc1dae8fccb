// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.server.grpc.Statuses;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.PartitionResult;
import dev.almadia.v1.ProduceStreamBatch;
import dev.almadia.v1.ProduceStreamOpen;
import dev.almadia.v1.ProduceStreamOpened;
import dev.almadia.v1.ProduceStreamRequest;
import dev.almadia.v1.ProduceStreamResponse;
import dev.almadia.v1.ProducerServiceGrpc;
import dev.almadia.v1.Record;
import dev.almadia.v1.RecordBatch;
import dev.almadia.v1.RecordSet;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;

/**
 * A ProduceStream of a producer with a name, by generated stubs only. Batch ids are chosen here.
 */
final class NamedStream implements StreamObserver<ProduceStreamResponse> {
  private final ClientCallStreamObserver<ProduceStreamRequest> out;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Map<Long, List<PartitionResult>> acks = new TreeMap<>();
  private volatile ProduceStreamOpened opened;
  private volatile Throwable failure;
  private long lastBatchId;

  private NamedStream(TestCluster cluster, int broker) {
    out =
        (ClientCallStreamObserver<ProduceStreamRequest>)
            ProducerServiceGrpc.newStub(cluster.channel(broker)).produceStream(this);
  }

  static NamedStream open(TestCluster cluster, int broker, ProduceStreamOpen.Builder open) {
    NamedStream stream = new NamedStream(cluster, broker);
    stream.out.onNext(ProduceStreamRequest.newBuilder().setOpen(open.setTopic("orders")).build());
    return stream;
  }

  /** Makes itself the only instance of the producer, and waits for that. */
  static NamedStream open(TestCluster cluster, int broker, String producer) {
    NamedStream stream =
        open(cluster, broker, ProduceStreamOpen.newBuilder().setProducerId(producer));
    ProduceStreamOpened unused = stream.awaitOpened();
    return stream;
  }

  /** Goes on with an epoch. */
  static NamedStream attach(TestCluster cluster, int broker, String producer, long epoch) {
    return open(
        cluster,
        broker,
        ProduceStreamOpen.newBuilder().setProducerId(producer).setProducerEpoch(epoch));
  }

  static ProduceStreamBatch.Builder batch(long firstSequence, List<Record> records) {
    return ProduceStreamBatch.newBuilder()
        .setFirstSequence(firstSequence)
        .setBatch(
            RecordBatch.newBuilder().setRecords(RecordSet.newBuilder().addAllRecords(records)));
  }

  /** Records whose values are their sequences. */
  static ProduceStreamBatch.Builder batch(long firstSequence, int count) {
    List<Record> records = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      records.add(
          Record.newBuilder()
              .setValue(ByteString.copyFromUtf8(String.valueOf(firstSequence + i)))
              .build());
    }
    return batch(firstSequence, records);
  }

  /** Returns the id that the batch got. */
  synchronized long send(ProduceStreamBatch.Builder batch) {
    out.onNext(ProduceStreamRequest.newBuilder().setBatch(batch.setBatchId(++lastBatchId)).build());
    return lastBatchId;
  }

  ProduceStreamOpened awaitOpened() {
    await().atMost(TestCluster.PATIENCE).until(() -> opened != null || ended.getCount() == 0);
    assertThat(failure).isNull();
    return opened;
  }

  /** What was answered to a batch. */
  synchronized List<PartitionResult> ack(long batchId) {
    return acks.get(batchId);
  }

  synchronized int ackCount() {
    return acks.size();
  }

  List<PartitionResult> awaitAck(long batchId) {
    await().atMost(TestCluster.PATIENCE).until(() -> ack(batchId) != null || ended.getCount() == 0);
    assertThat(failure).isNull();
    assertThat(isOver() && ack(batchId) == null).isFalse();
    return ack(batchId);
  }

  /** Sends nothing more, and waits for all that is owed. */
  void finish() {
    end();
    assertThat(failure).isNull();
  }

  /** Sends nothing more, and waits for the end, whatever it is. */
  void end() {
    if (!isOver()) {
      out.onCompleted();
    }
    awaitEnd();
  }

  /** The connection breaks. */
  void breakOff() {
    out.cancel("broken", null);
    awaitEnd();
  }

  void awaitEnd() {
    await().atMost(TestCluster.PATIENCE).until(() -> ended.getCount() == 0);
  }

  boolean isOver() {
    return ended.getCount() == 0;
  }

  /** Waits for the end; returns the metadata of the error that ended it. */
  Map<String, String> awaitRefusal(ErrorReason reason) {
    awaitEnd();
    assertThat(failure).as("%s", reason).isNotNull();
    BrokerError error = Statuses.errorOf(failure);
    assertThat(error).as("%s", failure).isNotNull();
    assertThat(error.reason()).as(error.message()).isEqualTo(reason);
    return error.metadata();
  }

  /** What ended it, null if it ended well. */
  Throwable failure() {
    return failure;
  }

  @Override
  public synchronized void onNext(ProduceStreamResponse response) {
    if (response.hasOpened()) {
      opened = response.getOpened();
    } else if (response.hasAck()) {
      acks.put(response.getAck().getBatchId(), response.getAck().getResultsList());
    }
  }

  @Override
  public void onError(Throwable thrown) {
    failure = thrown;
    ended.countDown();
  }

  @Override
  public void onCompleted() {
    ended.countDown();
  }
}
