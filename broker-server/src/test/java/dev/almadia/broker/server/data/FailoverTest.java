// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.broker.server.grpc.Statuses;
import dev.almadia.v1.BrokerState;
import dev.almadia.v1.ConsumerServiceGrpc;
import dev.almadia.v1.GoingAway;
import dev.almadia.v1.Position;
import dev.almadia.v1.ProduceStreamBatch;
import dev.almadia.v1.ProduceStreamOpen;
import dev.almadia.v1.ProduceStreamRequest;
import dev.almadia.v1.ProduceStreamResponse;
import dev.almadia.v1.ProducerServiceGrpc;
import dev.almadia.v1.StoredBatch;
import dev.almadia.v1.SubscribeRequest;
import dev.almadia.v1.SubscribeResponse;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A leader is lost, or hands over, under load; clients talk to another broker. */
class FailoverTest {
  @Test
  void aKilledLeaderIsLatencyToProducersAndSubscribers(@TempDir Path directory) throws Exception {
    try (LiveCluster cluster = new LiveCluster(directory, 3, DataLimits.DEFAULT)) {
      cluster.createTopic("kill", 1);
      int via = cluster.otherThanLeader("kill", 0);
      int leader = cluster.leaderOf("kill", 0).brokerId();
      CompletableFuture<List<String>> subscriber = follow(cluster, via, "kill", "end");

      Set<String> acked = new TreeSet<>();
      Set<String> unknown = new TreeSet<>();
      for (int i = 0; i < 300; i++) {
        if (i == 100) {
          cluster.kill(leader);
        }
        produce(cluster, via, "kill", "v" + i, acked, unknown);
      }
      produce(cluster, via, "kill", "end", acked, unknown);

      assertThat(unknown).as("only what was on the way to the killed broker").hasSizeLessThan(2);
      List<String> log = ProduceStreamTest.readAll(cluster, via, "kill").get(0);
      assertThat(log).doesNotHaveDuplicates().containsAll(acked);
      assertThat(log).allMatch(value -> acked.contains(value) || unknown.contains(value));
      assertThat(subscriber.get(20, TimeUnit.SECONDS)).isEqualTo(log);
    }
  }

  @Test
  void aHandOverIsNotEvenNoticed(@TempDir Path directory) throws Exception {
    try (LiveCluster cluster = new LiveCluster(directory, 3, DataLimits.DEFAULT)) {
      cluster.createTopic("move", 1);
      CompletableFuture<List<String>> subscriber = follow(cluster, 1, "move", "v399");
      List<CompletableFuture<Set<String>>> unknowns = new ArrayList<>();
      for (int broker = 1; broker <= 3; broker++) {
        int via = broker;
        unknowns.add(
            CompletableFuture.supplyAsync(
                () -> {
                  Set<String> unknown = new TreeSet<>();
                  for (int i = 0; i < 100; i++) {
                    produce(cluster, via, "move", via + "-" + i, new TreeSet<>(), unknown);
                  }
                  return unknown;
                }));
      }
      for (int round = 0; round < 6; round++) {
        LiveBroker leader = cluster.leaderOf("move", 0);
        leader.groups().transferLeadership(cluster.groupOf("move", 0), 1 + leader.brokerId() % 3);
      }
      Set<String> unknown = new TreeSet<>();
      for (CompletableFuture<Set<String>> one : unknowns) {
        unknown.addAll(one.get(60, TimeUnit.SECONDS));
      }
      produce(cluster, 2, "move", "v399", new TreeSet<>(), unknown);

      List<String> log = ProduceStreamTest.readAll(cluster, 3, "move").get(0);
      assertThat(log).doesNotHaveDuplicates();
      for (int broker = 1; broker <= 3; broker++) {
        String prefix = broker + "-";
        assertThat(log.stream().filter(v -> v.startsWith(prefix) && !unknown.contains(v)))
            .containsExactlyElementsOf(
                IntStream.range(0, 100)
                    .mapToObj(i -> prefix + i)
                    .filter(v -> !unknown.contains(v))
                    .toList());
      }
      assertThat(unknown).as("a hand-over settles what is under way").isEmpty();
      assertThat(subscriber.get(20, TimeUnit.SECONDS)).isEqualTo(log);
    }
  }

  @Test
  void withoutAMajorityAWriteIsNotAcknowledgedAndSaysWhatIsKnown(@TempDir Path directory)
      throws Exception {
    try (LiveCluster cluster =
        new LiveCluster(directory, 3, new DataLimits(1 << 20, 1 << 20, 10, 500))) {
      cluster.createTopic("lost", 1);
      int leader = cluster.leaderOf("lost", 0).brokerId();
      int via = cluster.otherThanLeader("lost", 0);
      cluster.kill(leader);
      cluster.kill(6 - leader - via);

      Set<String> acked = new TreeSet<>();
      Set<String> unknown = new TreeSet<>();
      String reason = produce(cluster, via, "lost", "x", acked, unknown);

      assertThat(acked).isEmpty();
      assertThat(reason).isEqualTo("NO_LEADER");
    }
  }

  @Test
  void aStoppingBrokerSaysGoodbyeToItsSubscribers(@TempDir Path directory) throws Exception {
    try (LiveCluster cluster = new LiveCluster(directory, 2, DataLimits.DEFAULT)) {
      cluster.createTopic("bye", 1);
      Iterator<SubscribeResponse> stream =
          ConsumerServiceGrpc.newBlockingStub(cluster.channelTo(1))
              .subscribe(SubscribeRequest.newBuilder().setTopic("bye").build());
      assertThat(stream.next().hasProgress()).isTrue();

      cluster.broker(1).announceStop();

      SubscribeResponse message = stream.next();
      assertThat(message.getGoingAway().getEndpointsList()).containsExactly("broker2:9400");
      try {
        stream.next();
      } catch (StatusRuntimeException e) {
        assertThat(Statuses.nameOf(Statuses.errorOf(e).reason())).isEqualTo("BROKER_STOPPING");
      }
    }
  }

  @Test
  void aDrainedBrokerAsksItsStreamsToGoAndServesThemAllTheSame(@TempDir Path directory)
      throws Exception {
    try (LiveCluster cluster = new LiveCluster(directory, 3, DataLimits.DEFAULT)) {
      cluster.createTopic("drained", 1);
      BlockingQueue<Object> produced = new LinkedBlockingQueue<>();
      StreamObserver<ProduceStreamRequest> out = openStream(cluster, 1, "drained", produced);
      assertThat(next(produced).hasOpened()).isTrue();
      Iterator<SubscribeResponse> subscribed =
          ConsumerServiceGrpc.newBlockingStub(cluster.channelTo(1))
              .subscribe(SubscribeRequest.newBuilder().setTopic("drained").build());
      assertThat(subscribed.next().hasProgress()).isTrue();

      cluster.setState(1, BrokerState.BROKER_STATE_DRAINING);

      GoingAway asked = next(produced).getGoingAway();
      assertThat(asked.getEndpointsList()).containsExactly("broker2:9400", "broker3:9400");
      assertThat(asked.getGraceMs()).isZero();
      assertThat(subscribed.next().getGoingAway()).isEqualTo(asked);
      out.onNext(batch(1, "still served"));
      assertThat(next(produced).getAck().getBatchId()).isEqualTo(1);
      assertThat(subscribed.next().hasRecords()).isTrue();

      cluster.setState(1, BrokerState.BROKER_STATE_ACTIVE);
      out.onNext(batch(2, "undrained"));
      assertThat(next(produced).getAck().getBatchId()).isEqualTo(2);
    }
  }

  @Test
  void aStoppingBrokerEndsAProduceStreamAfterItsLastAnswer(@TempDir Path directory)
      throws Exception {
    try (LiveCluster cluster = new LiveCluster(directory, 2, DataLimits.DEFAULT)) {
      cluster.createTopic("ends", 1);
      BlockingQueue<Object> produced = new LinkedBlockingQueue<>();
      StreamObserver<ProduceStreamRequest> out = openStream(cluster, 1, "ends", produced);
      assertThat(next(produced).hasOpened()).isTrue();

      cluster.broker(1).announceStop();

      GoingAway asked = next(produced).getGoingAway();
      assertThat(asked.getGraceMs()).isPositive();
      out.onNext(batch(1, "in the grace"));
      assertThat(next(produced).getAck().getBatchId()).isEqualTo(1);
      Object end = produced.poll(20, TimeUnit.SECONDS);
      assertThat(end).isInstanceOf(StatusRuntimeException.class);
      assertThat(Statuses.nameOf(Statuses.errorOf((Throwable) end).reason()))
          .isEqualTo("BROKER_STOPPING");
    }
  }

  private static StreamObserver<ProduceStreamRequest> openStream(
      LiveCluster cluster, int via, String topic, BlockingQueue<Object> received) {
    StreamObserver<ProduceStreamRequest> out =
        ProducerServiceGrpc.newStub(cluster.channelTo(via))
            .produceStream(
                new StreamObserver<>() {
                  @Override
                  public void onNext(ProduceStreamResponse message) {
                    received.add(message);
                  }

                  @Override
                  public void onError(Throwable thrown) {
                    received.add(thrown);
                  }

                  @Override
                  public void onCompleted() {
                    received.add("completed");
                  }
                });
    out.onNext(
        ProduceStreamRequest.newBuilder()
            .setOpen(ProduceStreamOpen.newBuilder().setTopic(topic))
            .build());
    return out;
  }

  private static ProduceStreamResponse next(BlockingQueue<Object> received)
      throws InterruptedException {
    Object message = received.poll(20, TimeUnit.SECONDS);
    assertThat(message).isInstanceOf(ProduceStreamResponse.class);
    return (ProduceStreamResponse) message;
  }

  private static ProduceStreamRequest batch(long id, String value) {
    return ProduceStreamRequest.newBuilder()
        .setBatch(
            ProduceStreamBatch.newBuilder()
                .setBatchId(id)
                .setPartition(0)
                .setBatch(DataServicesTest.batch(value)))
        .build();
  }

  /** Returns the reason if it failed. */
  private static String produce(
      LiveCluster cluster,
      int via,
      String topic,
      String value,
      Set<String> acked,
      Set<String> unknown) {
    try {
      ProducerServiceGrpc.newBlockingStub(cluster.channelTo(via))
          .produce(DataServicesTest.request(topic, 0, value));
      acked.add(value);
      return "";
    } catch (StatusRuntimeException e) {
      assertThat(Statuses.errorOf(e)).as(e.toString()).isNotNull();
      String reason = Statuses.nameOf(Statuses.errorOf(e).reason());
      if (reason.equals("OUTCOME_UNKNOWN")) {
        unknown.add(value);
      }
      return reason;
    }
  }

  /** Everything from the start to a value. */
  private static CompletableFuture<List<String>> follow(
      LiveCluster cluster, int via, String topic, String until) {
    return CompletableFuture.supplyAsync(
        () -> {
          Iterator<SubscribeResponse> stream =
              ConsumerServiceGrpc.newBlockingStub(cluster.channelTo(via))
                  .subscribe(
                      SubscribeRequest.newBuilder()
                          .setTopic(topic)
                          .addPartitions(0)
                          .setStart(Position.newBuilder().setOffset(0))
                          .build());
          List<String> values = new ArrayList<>();
          while (!values.contains(until)) {
            for (StoredBatch batch : stream.next().getRecords().getBatchesList()) {
              assertThat(batch.getFirstOffset()).isEqualTo(values.size());
              batch
                  .getRecords()
                  .getRecordsList()
                  .forEach(record -> values.add(record.getValue().toStringUtf8()));
            }
          }
          return values;
        });
  }
}
