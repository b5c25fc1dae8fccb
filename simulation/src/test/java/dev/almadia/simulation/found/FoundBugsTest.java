// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.found;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.TopicImage;
import dev.almadia.broker.server.runtime.RunningBroker;
import dev.almadia.internal.v1.MetadataCommand;
import dev.almadia.internal.v1.OperationRecord;
import dev.almadia.internal.v1.SetBrokerState;
import dev.almadia.raft.core.Role;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.raft.shard.GroupView;
import dev.almadia.simulation.cluster.BrokerLimits;
import dev.almadia.simulation.cluster.ClusterOptions;
import dev.almadia.simulation.cluster.Convergence;
import dev.almadia.simulation.cluster.SimBroker;
import dev.almadia.simulation.cluster.SimCluster;
import dev.almadia.simulation.kernel.SimProcess;
import dev.almadia.simulation.kernel.SimRandom;
import dev.almadia.simulation.net.SimNetwork;
import dev.almadia.v1.BrokerState;
import dev.almadia.v1.CreateTopicRequest;
import dev.almadia.v1.DeleteTopicRequest;
import dev.almadia.v1.ProduceStreamBatch;
import dev.almadia.v1.ProduceStreamOpen;
import dev.almadia.v1.ProduceStreamRequest;
import dev.almadia.v1.ProduceStreamResponse;
import dev.almadia.v1.ProducerServiceGrpc;
import dev.almadia.v1.Record;
import dev.almadia.v1.RecordBatch;
import dev.almadia.v1.RecordSet;
import dev.almadia.v1.Topic;
import dev.almadia.v1.TopicServiceGrpc;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What simulations have found, each as the shortest story that shows it. */
class FoundBugsTest {
  private static final String NAME = "orders";

  private final List<Object> answers = new ArrayList<>();
  private SimCluster cluster;
  private SimProcess client;

  @BeforeEach
  void threeBrokers() {
    ClusterOptions options = new ClusterOptions(3, 1, BrokerLimits.usual(), 200, 20, false, 0, 0);
    cluster = new SimCluster(new SimRandom(1), options, null);
    cluster.brokers().forEach(SimBroker::start);
    rests();
    client = cluster.newClient();
  }

  private void rests() {
    Convergence convergence = Convergence.atRest(cluster, List.of(1, 2, 3));
    boolean rested = cluster.runUntil(10_000, () -> convergence.missing() == null);
    assertThat(rested).as(() -> String.valueOf(convergence.missing())).isTrue();
  }

  /** A stream's batch is refused rather than written to another topic of the same name. */
  @Test
  void aForwardedBatchDoesNotReachATopicThatTookTheName() {
    int metadataLeader = leaderOf(MetadataImage.METADATA_GROUP);
    int leader = metadataLeader % 3 + 1;
    int entry = leader % 3 + 1;
    create(leader, 1);
    lead(leader);
    StreamObserver<ProduceStreamRequest> stream = open(entry);
    send(stream, 1, 0);
    assertThat(cluster.runUntil(500, () -> committed(0) == 1)).isTrue();

    // The entry broker does not hear of what follows.
    cluster.world().network().cut(metadataLeader, entry);
    delete(leader);
    create(leader, 1);
    lead(leader);
    send(stream, 2, 0);
    cluster.runFor(400);

    assertThat(committed(0)).isZero();
    assertThat(cluster.world().violations().first()).isNull();
  }

  /** A batch that arrives behind a failed one of its stream is not written. */
  @Test
  void noBatchIsWrittenBehindAFailedOneOfItsStream() {
    create(1, 6);
    rests();
    int ofOne = partitionLedBy(1);
    int ofTwo = partitionLedBy(2);
    StreamObserver<ProduceStreamRequest> stream = open(3);
    // Makes the connection: a call that waits for one would not be lost with it.
    send(stream, 1, ofTwo);
    assertThat(cluster.runUntil(500, () -> committed(ofTwo) == 1)).isTrue();

    // The second batch stays open, the third one fails with an unknown outcome, the fourth arrives.
    cluster.broker(1).pause();
    send(stream, 2, ofOne);
    cluster.world().network().cut(3, 2);
    send(stream, 3, ofTwo);
    cluster.runFor(100);
    cluster.world().network().reset(3, 2);
    cluster.runFor(50);
    cluster.world().network().open(3, 2);
    send(stream, 4, ofTwo);
    cluster.runFor(100);
    // What was written could be committed now.
    cluster.broker(1).resume();
    cluster.runFor(700);

    assertThat(committed(ofTwo)).isOne();
    assertThat(cluster.world().violations().first()).isNull();
  }

  private int leaderOf(long groupId) {
    return cluster.brokers().stream()
        .filter(broker -> leads(broker, groupId))
        .map(SimBroker::id)
        .findFirst()
        .orElse(0);
  }

  private static boolean leads(SimBroker broker, long groupId) {
    RunningBroker running = broker.running();
    GroupView view = running == null ? null : running.node().view(groupId);
    return view != null && view.role() == Role.LEADER && view.confirmed();
  }

  private int partitionLedBy(int broker) {
    for (int partition = 0; partition < topic().partitions().size(); partition++) {
      if (leaderOf(group(partition)) == broker) {
        return partition;
      }
    }
    throw new AssertionError("broker " + broker + " leads no partition");
  }

  /** Brings the first partition to this broker. */
  private void lead(int broker) {
    boolean led =
        cluster.runUntil(
            1_000,
            () -> {
              int now = leaderOf(group(0));
              if (now != 0 && now != broker) {
                Objects.requireNonNull(cluster.broker(now).running())
                    .node()
                    .transferLeadership(group(0), broker);
              }
              return now == broker;
            });
    assertThat(led).isTrue();
  }

  private TopicImage topic() {
    return Objects.requireNonNull(cluster.image().topic(NAME));
  }

  private long group(int partition) {
    return topic().partitions().get(partition).groupId();
  }

  /** Records committed in a partition. */
  private long committed(int partition) {
    return cluster.world().invariants().committedOffset(group(partition));
  }

  /**
   * A broker that lost its disk does not form the cluster again with two that have only just been
   * started, and have not come to read their metadata yet: its former replica may have voted.
   */
  @Test
  void aLostDiskIsAnotherReplicaAlsoWhileTheOthersStart() {
    cluster.brokers().forEach(broker -> broker.kill(true));
    cluster.broker(1).disk().wipe();
    for (int id : List.of(2, 3)) {
      cluster.broker(id).speed().turnPauseMillis(300);
    }
    cluster.brokers().forEach(SimBroker::start);

    boolean isBack = cluster.runUntil(30_000, () -> replicaOn(1) != 0);

    assertThat(isBack).isTrue();
    assertThat(replicaOn(1)).isEqualTo(ReplicaId.of(1, 1));
  }

  /** Of the metadata group; 0 if there is none. */
  private int replicaOn(int broker) {
    return cluster.broker(broker).views().stream()
        .filter(view -> view.groupId() == MetadataImage.METADATA_GROUP)
        .mapToInt(GroupView::selfId)
        .findFirst()
        .orElse(0);
  }

  /**
   * Seed 617712 of members: a broker that heard nothing while another one joined, which then led,
   * did not know that one and refused it; but the metadata that name it come from it alone.
   */
  @Test
  void whoHeardNothingFollowsALeaderThatJoinedMeanwhile() {
    ClusterOptions options = new ClusterOptions(4, 1, BrokerLimits.usual(), 200, 20, false, 0, 0);
    cluster = new SimCluster(new SimRandom(1), options.withSpares(1), null);
    cluster.brokers().forEach(SimBroker::start);
    boolean isFormed =
        cluster.runUntil(30_000, () -> !cluster.image().metadataGroup().learners().isEmpty());
    assertThat(isFormed).isTrue();
    cluster.runFor(2_000);
    int deaf = ReplicaId.broker(cluster.image().metadataGroup().learners().get(0));
    List<Integer> others = new ArrayList<>(List.of(1, 2, 3, 4, 5));
    others.remove(Integer.valueOf(deaf));
    others.forEach(other -> cut(deaf, other, true));
    cluster.deploy(5);
    cluster.broker(5).start();
    assertThat(cluster.runUntil(10_000, () -> cluster.image().brokers().containsKey(5))).isTrue();
    // Until it is known that the deaf one cannot take its place.
    cluster.runFor(20_000);
    decommission(1);
    leadMetadata(5);

    others.forEach(other -> cut(deaf, other, false));

    Convergence convergence = Convergence.atRest(cluster, List.of(2, 3, 4, 5));
    boolean isBack = cluster.runUntil(30_000, () -> convergence.missing() == null);
    assertThat(isBack).as(() -> String.valueOf(convergence.missing())).isTrue();
  }

  private void decommission(int broker) {
    MetadataCommand.Builder command =
        MetadataCommand.newBuilder()
            .setSetBrokerState(
                SetBrokerState.newBuilder()
                    .setBrokerId(broker)
                    .setState(BrokerState.BROKER_STATE_DECOMMISSIONING)
                    .setOperation(
                        OperationRecord.newBuilder().setKind("decommission").setBrokerId(broker)));
    for (SimBroker one : cluster.brokers()) {
      if (one.running() != null && leadsMetadata(one.id())) {
        RunningBroker leader = Objects.requireNonNull(one.running());
        var unused = leader.proposeMetadata(command.setTimeMs(leader.wallMillis()).build());
      }
    }
  }

  private void cut(int one, int other, boolean isCut) {
    SimNetwork network = cluster.world().network();
    for (List<Integer> way : List.of(List.of(one, other), List.of(other, one))) {
      if (isCut) {
        network.cut(way.get(0), way.get(1));
      } else {
        network.open(way.get(0), way.get(1));
      }
    }
  }

  private boolean leadsMetadata(int broker) {
    GroupView view =
        Objects.requireNonNull(cluster.broker(broker).running())
            .node()
            .view(MetadataImage.METADATA_GROUP);
    return view != null && view.role() == Role.LEADER && view.confirmed();
  }

  private void leadMetadata(int broker) {
    boolean leads =
        cluster.runUntil(
            60_000,
            () -> {
              cluster
                  .brokers()
                  .forEach(
                      one -> {
                        RunningBroker running = one.running();
                        if (running != null && !leadsMetadata(broker)) {
                          running.node().transferLeadership(MetadataImage.METADATA_GROUP, broker);
                        }
                      });
              return leadsMetadata(broker);
            });
    assertThat(leads).isTrue();
  }

  private void create(int broker, int partitions) {
    TopicServiceGrpc.newStub(cluster.channel(client, broker))
        .createTopic(
            CreateTopicRequest.newBuilder()
                .setTopic(Topic.newBuilder().setTopic(NAME).setPartitions(partitions))
                .build(),
            answer());
    answered();
  }

  private void delete(int broker) {
    TopicServiceGrpc.newStub(cluster.channel(client, broker))
        .deleteTopic(DeleteTopicRequest.newBuilder().setTopic(NAME).build(), answer());
    answered();
  }

  private void answered() {
    assertThat(cluster.runUntil(1_000, () -> !answers.isEmpty())).isTrue();
    assertThat(answers).noneMatch(answer -> answer instanceof Throwable);
    answers.clear();
  }

  private StreamObserver<ProduceStreamRequest> open(int broker) {
    StreamObserver<ProduceStreamResponse> ignored = answersIn(new ArrayList<>());
    StreamObserver<ProduceStreamRequest> stream =
        ProducerServiceGrpc.newStub(cluster.channel(client, broker)).produceStream(ignored);
    stream.onNext(
        ProduceStreamRequest.newBuilder()
            .setOpen(ProduceStreamOpen.newBuilder().setTopic(NAME))
            .build());
    return stream;
  }

  private static void send(StreamObserver<ProduceStreamRequest> stream, long id, int partition) {
    RecordSet records =
        RecordSet.newBuilder()
            .addRecords(Record.newBuilder().setValue(ByteString.copyFromUtf8("batch " + id)))
            .build();
    stream.onNext(
        ProduceStreamRequest.newBuilder()
            .setBatch(
                ProduceStreamBatch.newBuilder()
                    .setBatchId(id)
                    .setPartition(partition)
                    .setBatch(RecordBatch.newBuilder().setRecords(records).setRecordCount(1)))
            .build());
  }

  private <T> StreamObserver<T> answer() {
    return answersIn(answers);
  }

  private static <T> StreamObserver<T> answersIn(List<Object> list) {
    return new StreamObserver<>() {
      @Override
      public void onNext(T message) {
        list.add(message);
      }

      @Override
      public void onError(Throwable thrown) {
        list.add(thrown);
      }

      @Override
      public void onCompleted() {}
    };
  }
}
