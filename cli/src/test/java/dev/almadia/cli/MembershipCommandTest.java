// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.JsonFormat;
import dev.almadia.v1.Blocker;
import dev.almadia.v1.BrokerState;
import dev.almadia.v1.ChangeReplicationFactorRequest;
import dev.almadia.v1.DecommissionBrokerRequest;
import dev.almadia.v1.DrainBrokerRequest;
import dev.almadia.v1.MoveReplicasRequest;
import dev.almadia.v1.Operation;
import dev.almadia.v1.OperationResponse;
import dev.almadia.v1.OperationState;
import dev.almadia.v1.Partition;
import dev.almadia.v1.RecoverPlan;
import dev.almadia.v1.ReplicaMove;
import dev.almadia.v1.ReplicaRole;
import dev.almadia.v1.ReplicaState;
import dev.almadia.v1.TransferLeadershipRequest;
import dev.almadia.v1.UnsafeRecoverRequest;
import dev.almadia.v1.UnsafeRecoverResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Commands about brokers, replicas and operations: output, what is ordered, exit codes. */
@Timeout(60)
class MembershipCommandTest {
  private FakeCluster cluster;
  private FakeMembership membership;
  private Cli cli;

  @BeforeEach
  void start() throws Exception {
    cluster = new FakeCluster();
    membership = cluster.membership;
    cli = new Cli(cluster);
    cli.run("topics create orders --partitions 4 --replication-factor 3").succeeds();
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  private Cli.Run run(String line) {
    return cli.run(line);
  }

  private static Operation operation(OperationState state, int done) {
    return Operation.newBuilder()
        .setName("operations/7")
        .setKind("drain")
        .setResource("brokers/2")
        .setState(state)
        .setDone(done)
        .setTotal(4)
        .setEtaSeconds(-1)
        .setStartTimeMs(1_764_000_000_000L)
        .build();
  }

  private static ReplicaMove move(int partition, List<Integer> from, List<Integer> to) {
    return ReplicaMove.newBuilder()
        .setTopic("orders")
        .setPartition(partition)
        .addAllFromBrokerIds(from)
        .addAllBrokerIds(to)
        .setBytes(2 << 20)
        .build();
  }

  private static Blocker blocker(int partition, String code) {
    return Blocker.newBuilder()
        .setResource("topics/orders/partitions/" + partition)
        .setCode(code)
        .setMessage("no other broker can take it")
        .setHint("add a broker with --join")
        .build();
  }

  @Test
  void brokersAreListedWithStateZoneAndLoad() {
    membership.brokers.put(
        2,
        FakeMembership.broker(2)
            .setState(BrokerState.BROKER_STATE_DECOMMISSIONING)
            .setLeavingReplicas(3)
            .setMetadataVoter(false)
            .build());
    membership.brokers.put(
        3,
        FakeMembership.broker(3)
            .setReachable(false)
            .setZone("")
            .clearLogBytes()
            .clearFreeBytes()
            .build());
    assertThat(run("brokers list").succeeds().out())
        .isEqualTo(
            """
            BROKER  ADDRESS      ZONE  STATE            VERSION  REACHABLE  METADATA  REPLICAS  LEADERS  LEAVING  LOGS     FREE
                 1  host-1:9400  z1    active               1.0  yes        voter            6        2        0  3.0 MiB  50.0 GiB
                 2  host-2:9400  z2    decommissioning      1.0  yes        learner          6        2        3  3.0 MiB  50.0 GiB
                 3  host-3:9400  -     active               1.0  NO         voter            6        2        0  -        -
            """);
  }

  @Test
  void aBrokerIsDescribedFieldByField() {
    assertThat(run("brokers describe 2").succeeds().out())
        .isEqualTo(
            """
            FIELD                VALUE
            broker               2
            state                active
            reachable            yes
            last heard           2025-11-24T16:00:00Z
            zone                 z2
            version              1.0
            public address       host-2:9400
            internal address     host-2:9401
            http address         -
            metadata             voter
            replicas             6
            replicas that leave  0
            leaders              2
            meant to lead        2
            logs                 3.0 MiB
            disk free            50.0 GiB of 100.0 GiB
            """);
    run("brokers describe 9").refuses(ExitCode.NOT_FOUND, "known are 1 2 3", "BROKER_NOT_FOUND");
  }

  @Test
  void aDryRunPrintsThePlanAndOrdersNothing() {
    membership.plan.add(move(0, List.of(1, 2, 3), List.of(1, 4, 3)));
    Map<String, String> titles =
        Map.of(
            "brokers drain 2", "drain broker 2, which leads 2 partitions",
            "brokers decommission 2", "decommission broker 2",
            "partitions move orders/0 --to 1,4,3", "move replicas",
            "topics alter orders --replication-factor 2", "topic 'orders' from 3 to 2 replicas",
            "cluster balance run", "even out replicas");
    titles.forEach(
        (order, title) -> {
          Cli.Run dry = run(order + " --dry-run").succeeds();
          assertThat(dry.out())
              .as(order)
              .isEqualTo(
                  """
                  TOPIC   PARTITION  FROM   TO     TO COPY
                  orders          0  1 2 3  1 4 3  2.0 MiB
                  """);
          assertThat(dry.err())
              .isEqualTo(
                  "plan: "
                      + title
                      + ", 1 partitions to move, about 2.0 MiB to copy\n"
                      + "dry run: nothing was changed\n");
        });
    assertThat(membership.orders).isEmpty();
  }

  @Test
  void aDrainIsFollowedToItsEnd() {
    membership.story.add(operation(OperationState.OPERATION_STATE_RUNNING, 1));
    membership.story.add(
        operation(OperationState.OPERATION_STATE_DONE, 4).toBuilder()
            .setMessage("broker 2 leads nothing")
            .build());
    Cli.Run drained = run("brokers drain 2 --wait").succeeds();
    assertThat(drained.err())
        .isEqualTo(
            """
            plan: drain broker 2, which leads 2 partitions
            operations/7 (drain brokers/2) done: broker 2 leads nothing
            to let it lead again: almadia brokers undrain 2
            """);
    assertThat(membership.orders)
        .containsExactly(DrainBrokerRequest.newBuilder().setBrokerId(2).build());
  }

  @Test
  void withoutATerminalAnOrderReturnsAtOnceAndSaysHowToFollowIt() {
    Cli.Run drained = run("brokers drain 2").succeeds();
    assertThat(drained.err())
        .contains("operations/7 (drain brokers/2) has begun")
        .contains("almadia operations wait operations/7")
        .contains("almadia operations cancel operations/7");
  }

  @Test
  void whatBlocksAnOperationIsSaidInOneLinePerReason() {
    Operation blocked =
        operation(OperationState.OPERATION_STATE_RUNNING, 1).toBuilder()
            .addBlockers(blocker(0, "NOT_ENOUGH_BROKERS"))
            .addBlockers(blocker(1, "NOT_ENOUGH_BROKERS"))
            .addBlockers(blocker(2, "LEARNER_BEHIND"))
            .build();
    membership.story.add(blocked);
    Cli.Run waited = run("operations wait 7 --at-most 1ms");
    assertThat(waited.exitCode()).isEqualTo(ExitCode.PARTLY_DONE);
    assertThat(waited.err().lines())
        .containsExactly(
            "waits: topics/orders/partitions/0 and 1 more: no other broker can take it; add a"
                + " broker with --join; reason=NOT_ENOUGH_BROKERS see: almadia explain"
                + " NOT_ENOUGH_BROKERS",
            "almadia: operations/7 (drain brokers/2) still runs, of 4, waits for: NOT_ENOUGH_BROKERS"
                + " 2, LEARNER_BEHIND; follow it with: almadia operations wait operations/7; end it"
                + " with: almadia operations cancel operations/7");
    assertThat(run("operations describe 7").succeeds().out())
        .contains("done          1/4 leaders")
        .contains("topics/orders/partitions/2  LEARNER_BEHIND");
  }

  @Test
  void howAnOperationEndedIsTheExitCode() {
    membership.operation = operation(OperationState.OPERATION_STATE_FAILED, 1);
    assertThat(run("operations wait 7").exitCode()).isEqualTo(ExitCode.FAILED);
    membership.operation = operation(OperationState.OPERATION_STATE_CANCELLED, 1);
    assertThat(run("operations wait 7").exitCode()).isEqualTo(ExitCode.PRECONDITION);
    membership.operation = operation(OperationState.OPERATION_STATE_DONE, 4);
    assertThat(run("operations wait operations/7").exitCode()).isZero();
  }

  @Test
  void operationsAreListedAndCancelled() {
    membership.operation =
        operation(OperationState.OPERATION_STATE_RUNNING, 1).toBuilder()
            .setDoneBytes(1 << 20)
            .setTotalBytes(4 << 20)
            .setEtaSeconds(200)
            .addBlockers(blocker(0, "LEARNER_BEHIND"))
            .addBlockers(blocker(1, "LEARNER_BEHIND"))
            .build();
    assertThat(run("operations list").succeeds().out())
        .isEqualTo(
            """
            OPERATION     KIND   WHAT       STATE    DONE  BYTES               LEFT      BEGAN                 WAITS
            operations/7  drain  brokers/2  running  1/4   1.0 MiB of 4.0 MiB  3 m 20 s  2025-11-24T16:00:00Z  LEARNER_BEHIND 2
            """);
    assertThat(run("operations cancel 7 --dry-run").succeeds().err())
        .contains("plan: cancel operations/7 (drain brokers/2); 1/4 leaders are done and stay so");
    assertThat(membership.orders).isEmpty();
    assertThat(run("operations cancel 7").succeeds().out()).contains("cancelled");
    run("operations cancel 7").refuses(ExitCode.PRECONDITION, "is cancelled already");
    assertThat(run("operations list --running").out().lines()).hasSize(1);
    run("operations describe 8")
        .refuses(ExitCode.NOT_FOUND, "There is no operation 'operations/8'", "operations list");
  }

  @Test
  void aDecommissionHasToBeMeant() {
    Cli.Run unsure = run("brokers decommission 2 --no-wait");
    assertThat(unsure.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(unsure.err()).contains("decommissioning broker 2 needs --yes");
    cli.inIsTerminal = true;
    cli.input = "3\n";
    Cli.Run other = run("brokers decommission 2 --no-wait");
    assertThat(other.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(other.err()).contains("nothing was done: what was typed is not '2'");
    assertThat(membership.orders).isEmpty();

    cli.input = "2\n";
    run("brokers decommission 2 --no-wait --throttle 20MiB").succeeds();
    cli.inIsTerminal = false;
    run("brokers decommission 2 --yes --no-wait").succeeds();
    assertThat(membership.orders)
        .containsExactly(
            DecommissionBrokerRequest.newBuilder()
                .setBrokerId(2)
                .setThrottleBytesPerSecond(20 << 20)
                .build(),
            DecommissionBrokerRequest.newBuilder().setBrokerId(2).build());
  }

  @Test
  void aDrainIsTakenBack() {
    assertThat(run("brokers undrain 2").succeeds().err()).contains("it is active already");
    membership.brokers.put(
        2, FakeMembership.broker(2).setState(BrokerState.BROKER_STATE_DRAINING).build());
    assertThat(run("brokers undrain 2 --dry-run").succeeds().out()).contains("draining");
    assertThat(membership.orders).isEmpty();
    assertThat(run("brokers undrain 2").succeeds().out()).contains("active");
    assertThat(membership.orders).hasSize(1);
    run("brokers recommission 9").refuses(ExitCode.NOT_FOUND, "there is no broker 9");
    run("brokers drain 9 --dry-run").refuses(ExitCode.NOT_FOUND, "there is no broker 9");
  }

  @Test
  void aMoveOrdersExactlyWhatItsPlanShowed(@TempDir Path folder) throws Exception {
    membership.plan.add(move(3, List.of(1, 2, 3), List.of(1, 2, 4)));
    membership.plan.add(move(2, List.of(1, 2, 3), List.of(2, 3, 4)));
    run("partitions move orders/3 --to 1,2,4 orders/2 --to 2,3,4 --no-wait").succeeds();
    Path file = folder.resolve("plan.json");
    Files.writeString(file, run("cluster balance run --dry-run -o json").succeeds().out());
    run("partitions move --no-wait --plan " + file).succeeds();
    cli.input = Files.readString(file);
    run("partitions move --no-wait --plan -").succeeds();

    MoveReplicasRequest asShown =
        MoveReplicasRequest.newBuilder().addAllMoves(membership.plan).build();
    assertThat(membership.orders).containsExactly(asShown, asShown, asShown);
  }

  @Test
  void jsonIsOneDocumentWithPlanAndOperation() throws Exception {
    membership.plan.add(move(3, List.of(1, 2, 3), List.of(1, 2, 4)));
    membership.story.add(operation(OperationState.OPERATION_STATE_DONE, 4));
    String json = run("partitions move orders/3 --to 1,2,4 --wait -o json").succeeds().out();
    OperationResponse.Builder parsed = OperationResponse.newBuilder();
    JsonFormat.parser().merge(json, parsed);
    assertThat(parsed.getPlanCount()).isEqualTo(1);
    assertThat(parsed.getOperation().getState()).isEqualTo(OperationState.OPERATION_STATE_DONE);
  }

  @Test
  void movesThatCannotBeMeantAreRefused(@TempDir Path folder) throws Exception {
    run("partitions move").refuses(ExitCode.USAGE, "nothing to move");
    run("partitions move orders/3").refuses(ExitCode.USAGE, "1 partitions and 0 --to");
    run("partitions move orders --to 1").refuses(ExitCode.USAGE, "'orders' is no partition");
    run("partitions move orders/x --to 1").refuses(ExitCode.USAGE, "'orders/x' is no partition");
    run("partitions move orders/3 --to 1,,2").refuses(ExitCode.USAGE, "'1,,2' are no broker ids");
    run("partitions move orders/3 --to 1,1").refuses(ExitCode.USAGE, "broker 1 is named twice");
    run("partitions move orders/3 --to 0").refuses(ExitCode.USAGE, "'0' are no broker ids");
    run("partitions move orders/3 --to 65536").refuses(ExitCode.USAGE, "no broker ids");
    run("partitions move orders/3 --to 1 --throttle fast").refuses(ExitCode.USAGE, "is no size");
    run("partitions move orders/3 --to 1 --wait --no-wait").refuses(ExitCode.USAGE, "--no-wait");
    Path file = folder.resolve("plan.json");
    run("partitions move --plan " + file).refuses(ExitCode.FAILED, "there is no file");
    for (String[] bad :
        new String[][] {
          {"{", "is no JSON"},
          {"{}", "has no list 'plan' or 'moves'"},
          {"[]", "has no moves"},
          {"[{\"topic\":\"orders\"}]", "move 1 needs topic, partition and brokerIds"},
          {"[{\"topik\":\"orders\"}]", "move 1: "},
          {
            "[{\"topic\":\"a\",\"brokerIds\":[1]},{\"topic\":\"a\",\"brokerIds\":[2]}]",
            "names a/0 twice"
          },
        }) {
      Files.writeString(file, bad[0]);
      run("partitions move --plan " + file).refuses(ExitCode.USAGE, bad[1]);
    }
    run("partitions move orders/3 --plan " + file).refuses(ExitCode.USAGE, "--plan has");
    assertThat(membership.orders).isEmpty();
  }

  @Test
  void whatIsMovingIsListedWithWhatItWaitsFor() {
    cluster.shownPartitions.put(
        "clicks/0",
        Partition.newBuilder()
            .setTopic("clicks")
            .addTargetBrokerIds(1)
            .addTargetBrokerIds(4)
            .addLeavingBrokerIds(2)
            .addReplicas(ReplicaState.newBuilder().setBrokerId(1))
            .addReplicas(
                ReplicaState.newBuilder()
                    .setBrokerId(4)
                    .setRole(ReplicaRole.REPLICA_ROLE_LEARNER)
                    .setLagEntries(1_234))
            .build());
    membership.operation =
        operation(OperationState.OPERATION_STATE_RUNNING, 1).toBuilder()
            .setKind("move")
            .addBlockers(
                Blocker.newBuilder()
                    .setResource("topics/clicks/partitions/0")
                    .setCode("LEARNER_BEHIND")
                    .setMessage("lacks 1234 entries"))
            .build();
    Cli.Run moves = run("partitions moves").succeeds();
    assertThat(moves.out())
        .isEqualTo(
            """
            TOPIC   PARTITION  LEAVES  COMES TO  LACKS ENTRIES  WAITS           WHY
            clicks          0       2         4           1234  LEARNER_BEHIND  lacks 1234 entries
            """);
    assertThat(moves.err())
        .isEqualTo("operations/7 (move brokers/2): 1/4 partitions, waits for: LEARNER_BEHIND\n");
  }

  @Test
  void leadersAreTransferredOneAfterTheOther() {
    for (int i : List.of(3, 4, 9)) {
      cluster.shownPartitions.put(
          "orders/" + i,
          Partition.newBuilder()
              .setTopic("orders")
              .setPartition(i)
              .setLeaderBrokerId(1)
              .addReplicas(ReplicaState.newBuilder().setBrokerId(1))
              .addReplicas(ReplicaState.newBuilder().setBrokerId(2))
              .build());
    }
    Cli.Run dry = run("partitions transfer-leader orders/3 --to 2 --dry-run").succeeds();
    assertThat(dry.err()).contains("plan: orders/3, led by broker 1, to broker 2");
    run("partitions transfer-leader orders/3 --to 5")
        .refuses(ExitCode.PRECONDITION, "broker 5 holds no replica of orders/3", "are on 1 2");
    assertThat(membership.orders).isEmpty();

    assertThat(run("partitions transfer-leader orders/3 orders/4").succeeds().out())
        .isEqualTo(
            """
            TOPIC   PARTITION  LED BEFORE  LEADS NOW  TERM
            orders          3           1          2     8
            orders          4           1          2     8
            """);
    assertThat(membership.orders)
        .contains(
            TransferLeadershipRequest.newBuilder().setTopic("orders").setPartition(4).build());
    Cli.Run half = run("partitions transfer-leader orders/3 orders/9 --timeout 300ms");
    assertThat(half.exitCode()).isEqualTo(ExitCode.PARTLY_DONE);
    assertThat(half.err()).contains("NO_LEADER").contains("1 of 2 were transferred before it");
  }

  @Test
  void theReplicationFactorIsChangedAndLessOfItHasToBeMeant() {
    run("topics alter orders --replication-factor 5 --no-wait").succeeds();
    Cli.Run unsure = run("topics alter orders --replication-factor 1 --no-wait");
    assertThat(unsure.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(unsure.err())
        .contains("reducing the replicas of topic 'orders' from 3 to 1 needs --yes");
    run("topics alter orders --replication-factor 1 --yes --no-wait").succeeds();
    run("topics alter orders --replication-factor 2 --label a=b")
        .refuses(ExitCode.USAGE, "--replication-factor is a command of its own");
    run("topics alter nosuch --replication-factor 2").refuses(ExitCode.NOT_FOUND, "nosuch");
    assertThat(membership.orders)
        .extracting(order -> ((ChangeReplicationFactorRequest) order).getReplicationFactor())
        .containsExactly(5, 1);
  }

  @Test
  void recoveryThatLosesDataNeedsTheTextOfItsDryRun() {
    assertThat(run("partitions unsafe-recover --lost 2,3").succeeds().err())
        .contains("nothing to do: no partition has lost its majority with brokers 2,3");
    membership.recovery =
        UnsafeRecoverResponse.newBuilder()
            .setConfirm("lose-77")
            .addPartitions(
                RecoverPlan.newBuilder()
                    .setTopic("orders")
                    .setPartition(1)
                    .setSurvivorBrokerId(1)
                    .setKeptEndOffset(900)
                    .setLoss("up to 12 records"))
            .addPartitions(RecoverPlan.newBuilder().setSurvivorBrokerId(1).setLoss("none"))
            .build();
    Cli.Run dry = run("partitions unsafe-recover --lost 2,3 --dry-run").succeeds();
    assertThat(dry.out())
        .isEqualTo(
            """
            TOPIC       PARTITION  GOES ON AT  KEPT UP TO OFFSET  LOSS
            orders              1  broker 1                  900  up to 12 records
            (metadata)          -  broker 1                    -  none
            """);
    assertThat(dry.err()).contains("--lost 2,3 --confirm lose-77");

    Cli.Run unsure = run("partitions unsafe-recover --lost 2,3 --no-wait");
    assertThat(unsure.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(unsure.err()).contains("needs --confirm");
    Cli.Run stale = run("partitions unsafe-recover --lost 2,3 --confirm old --no-wait");
    assertThat(stale.exitCode()).isEqualTo(ExitCode.PRECONDITION);
    assertThat(stale.err()).contains("CONFIRMATION_NEEDED");
    assertThat(membership.orders).isEmpty();
    run("partitions unsafe-recover --lost 2,3 --confirm lose-77 --no-wait").succeeds();
    assertThat(membership.orders)
        .containsExactly(
            UnsafeRecoverRequest.newBuilder()
                .addLostBrokerIds(2)
                .addLostBrokerIds(3)
                .setConfirm("lose-77")
                .build());
    run("partitions unsafe-recover --lost two").refuses(ExitCode.USAGE, "--lost: 'two'");
  }

  @Test
  void balanceIsShownPausedAndResumed() {
    membership.balancing =
        membership.balancing.toBuilder()
            .setMisplacedLeaders(3)
            .addBrokers(
                dev.almadia.v1.BrokerLoad.newBuilder()
                    .setBrokerId(1)
                    .setReplicas(6)
                    .setLeaders(5)
                    .setPreferredLeaders(2))
            .build();
    assertThat(run("cluster balance status").succeeds().out())
        .isEqualTo(
            """
            LEADER BALANCING  LEADERS MISPLACED
            on                                3

            BROKER  REPLICAS  LEADERS  MEANT TO LEAD
                 1         6        5              2
            """);
    assertThat(run("cluster balance pause --dry-run").succeeds().out()).contains("on  ");
    assertThat(run("cluster balance pause").succeeds().out()).contains("paused");
    assertThat(run("cluster balance pause").succeeds().err()).contains("it is paused already");
    assertThat(run("cluster balance resume").succeeds().out()).contains("on  ");
    assertThat(membership.orders).hasSize(2);
    assertThat(run("cluster balance run").succeeds().err()).contains("nothing to do");
    assertThat(membership.orders).hasSize(2);
  }

  @Test
  void whatHappensIsWatchedLineByLine() {
    for (String type : List.of("LEADER_CHANGED", "BROKER_JOINED", "LEADER_CHANGED")) {
      membership.events.add(
          dev.almadia.v1.ClusterEvent.newBuilder()
              .setTimeMs(1_764_000_000_000L)
              .setType(type)
              .setResource("topics/orders/partitions/1")
              .setText("broker 2 leads (term 8)")
              .setSkipped(type.equals("BROKER_JOINED") ? 5 : 0)
              .build());
    }
    Cli.Run all = run("cluster watch -n 3").succeeds();
    assertThat(all.out().lines().findFirst())
        .hasValue(
            "2025-11-24T16:00:00Z  LEADER_CHANGED      topics/orders/partitions/1  broker 2 leads"
                + " (term 8)");
    assertThat(all.err()).isEqualTo("5 events were left out here: too slow a reader\n");
    assertThat(run("cluster watch -n 2 --type leader_changed -o jsonl").succeeds().out().lines())
        .hasSize(2)
        .allMatch(line -> line.contains("\"type\":\"LEADER_CHANGED\""));
    assertThat(run("cluster watch -n 1 --present").succeeds().out()).contains("brokers/1");
    run("cluster watch -n 0").refuses(ExitCode.USAGE, "-n must be at least 1");
  }
}
