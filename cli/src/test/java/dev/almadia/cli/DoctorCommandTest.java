// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import dev.almadia.cli.DoctorFacts.Look;
import dev.almadia.v1.Balancing;
import dev.almadia.v1.Blocker;
import dev.almadia.v1.Broker;
import dev.almadia.v1.BrokerLoad;
import dev.almadia.v1.BrokerState;
import dev.almadia.v1.Finding;
import dev.almadia.v1.GetClusterHealthResponse;
import dev.almadia.v1.GetClusterResponse;
import dev.almadia.v1.GetServerInfoResponse;
import dev.almadia.v1.Operation;
import dev.almadia.v1.OperationState;
import dev.almadia.v1.Severity;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each check with what it must find and what it must not; forms and exit codes. */
@Timeout(60)
class DoctorCommandTest {
  private final Map<Integer, Broker> brokers = new TreeMap<>();
  private final Map<Integer, Look> looks = new TreeMap<>();
  private final List<Finding> findings = new ArrayList<>();
  private Optional<Balancing> balancing =
      Optional.of(Balancing.newBuilder().setLeaderBalancing(true).build());
  private Optional<List<Operation>> running = Optional.of(List.of());
  private FakeCluster cluster;
  private Cli cli;

  @BeforeEach
  void start() throws Exception {
    for (int id = 1; id <= 3; id++) {
      put(FakeMembership.broker(id));
    }
    cluster = new FakeCluster();
    cli = new Cli(cluster);
    // One broker, which answers at the address that it advertises.
    cluster.membership.brokers.clear();
    cluster.membership.brokers.put(
        1, FakeMembership.broker(1).setEndpoint(cluster.address()).build());
    cluster.membership.info = cluster.membership.info.toBuilder().setClusterId("c-1").build();
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  private void put(Broker.Builder broker) {
    brokers.put(broker.getBrokerId(), broker.build());
    look(broker.getBrokerId(), 0);
  }

  /** A broker that answers, sees all as they are, and whose clock is ahead of ours. */
  private void look(int id, long aheadMs) {
    looks.put(id, new Look(brokers.get(id), info(id), List.of(), aheadMs, 5, ""));
  }

  private static GetServerInfoResponse info(int id) {
    return GetServerInfoResponse.newBuilder()
        .setBrokerId(id)
        .setClusterId("c-1")
        .setTimeMs(1_764_000_000_000L)
        .build();
  }

  private void silent(int id) {
    looks.put(id, new Look(brokers.get(id), null, List.of(), 0, 0, "no broker answers"));
  }

  private DoctorReport examine() {
    return new DoctorChecks(
            new DoctorFacts(
                GetClusterResponse.newBuilder()
                    .setClusterId("c-1")
                    .setMetadataLeaderBrokerId(1)
                    .addAllBrokers(brokers.values())
                    .setPartitions(6)
                    .build(),
                GetClusterHealthResponse.newBuilder().addAllFindings(findings).build(),
                balancing,
                running,
                new ArrayList<>(looks.values())))
        .run();
  }

  private List<String> found() {
    return examine().findings().stream().map(f -> f.getCode() + " " + f.getResource()).toList();
  }

  @Test
  void aClusterInGoodOrderPassesEveryCheck() {
    assertThat(examine().text())
        .isEqualTo(
            """
            CHECK       STATE  NOTE
            brokers     ok     3 of 3 answer this machine
            links       ok     those that answer reach each other
            versions    ok     all run 1.0
            clocks      ok     within 0 ms
            disks       ok     each has more than a tenth free
            zones       ok     3 zones: {z1=1, z2=1, z3=1}
            metadata    ok     led by broker 1, 3 voters
            partitions  ok     6 partitions
            leaders     ok     each partition is led by the broker that is meant to
            operations  ok     none are running
            settings    ok     as far as the brokers tell
            """);
  }

  @Test
  void aBrokerThatOnlyThisMachineCannotReachIsToldFromOneThatIsDown() {
    silent(2);
    assertThat(found()).containsExactly("BROKER_UNREACHABLE_FROM_HERE brokers/2");
    findings.add(FakeMembership.finding("BROKER_UNREACHABLE", "brokers/2"));
    assertThat(found())
        .containsExactlyInAnyOrder("BROKER_UNREACHABLE brokers/2", "METADATA_VOTER_DOWN brokers/2");
  }

  @Test
  void anotherBrokerOrClusterAtAnAddressIsFound() {
    looks.put(2, new Look(brokers.get(2), info(3), List.of(), 0, 5, ""));
    looks.put(
        3,
        new Look(
            brokers.get(3), info(3).toBuilder().setClusterId("c-2").build(), List.of(), 0, 5, ""));
    assertThat(found())
        .containsExactly("WRONG_BROKER_AT_ADDRESS brokers/2", "WRONG_BROKER_AT_ADDRESS brokers/3");
  }

  @Test
  void aWayThatIsCutBetweenTwoBrokersThatRunIsFound() {
    Broker unseen = brokers.get(3).toBuilder().setReachable(false).build();
    looks.put(1, new Look(brokers.get(1), info(1), List.of(unseen), 0, 5, ""));
    assertThat(found()).containsExactly("BROKER_LINK_DOWN brokers/1");
    silent(3);
    assertThat(found()).doesNotContain("BROKER_LINK_DOWN brokers/1");
  }

  @Test
  void versionsZonesAndDisksThatDifferAreFound() {
    put(FakeMembership.broker(2).setVersion("1.1"));
    assertThat(found()).containsExactly("BROKER_VERSION_DIFFERS brokers");
    put(FakeMembership.broker(2).setZone(""));
    assertThat(found()).containsExactly("ZONES_UNEVEN brokers");
    put(FakeMembership.broker(2).setFreeBytes(9L << 30));
    assertThat(found()).containsExactly("DISK_NEARLY_FULL brokers/2");
    brokers.replaceAll((id, broker) -> broker.toBuilder().setZone("").build());
    brokers.replaceAll((id, broker) -> broker.toBuilder().setDiskBytes(0).build());
    assertThat(found()).as("no zones at all, and disks that nobody tells of").isEmpty();
  }

  @Test
  void zonesOfVeryDifferentSizeAreFound() {
    put(FakeMembership.broker(2).setZone("z1"));
    assertThat(found()).as("2 and 1").isEmpty();
    put(FakeMembership.broker(4).setZone("z1"));
    assertThat(found()).containsExactly("ZONES_UNEVEN brokers");
  }

  @Test
  void aClockIsFoundOnlyBeyondWhatTheMeasurementCannotTell() {
    look(2, 505);
    assertThat(found()).isEmpty();
    look(2, 506);
    assertThat(found()).containsExactly("CLOCK_DIFFERS brokers/2");
    assertThat(examine().findings().get(0).getMessage())
        .isEqualTo("the clock of broker 2 is 506 ms ahead of the others");
    for (int id = 1; id <= 3; id++) {
      look(id, 100_000);
    }
    assertThat(found()).as("only ours is wrong").isEmpty();
  }

  @Test
  void tooFewVotersAndForgottenDrainsAreFound() {
    put(FakeMembership.broker(2).setMetadataVoter(false));
    assertThat(found()).containsExactly("METADATA_VOTERS_FEW metadata");
    put(FakeMembership.broker(2).setState(BrokerState.BROKER_STATE_DRAINING));
    assertThat(found()).containsExactly("BROKER_DRAINING brokers/2");
    put(
        FakeMembership.broker(2)
            .setMetadataVoter(false)
            .setState(BrokerState.BROKER_STATE_DECOMMISSIONING));
    assertThat(found()).as("who leaves need not vote").isEmpty();
  }

  @Test
  void leadersThatAreElsewhereAndUnevenLoadAreFound() {
    balancing =
        Optional.of(
            Balancing.newBuilder()
                .setMisplacedLeaders(2)
                .addBrokers(BrokerLoad.newBuilder().setBrokerId(1).setReplicas(20))
                .addBrokers(BrokerLoad.newBuilder().setBrokerId(2).setReplicas(15))
                .build());
    assertThat(found())
        .containsExactly(
            "LEADER_MISPLACED partitions", "BALANCING_PAUSED cluster", "LOAD_UNEVEN brokers");
    put(FakeMembership.broker(2).setState(BrokerState.BROKER_STATE_DECOMMISSIONING));
    assertThat(found()).doesNotContain("LOAD_UNEVEN brokers");
  }

  @Test
  void anOperationIsBlockedOnlyByWhatDoesNotPass() {
    Operation.Builder operation =
        Operation.newBuilder()
            .setName("operations/7")
            .setKind("decommission")
            .setResource("brokers/2")
            .setState(OperationState.OPERATION_STATE_RUNNING)
            .addBlockers(Blocker.newBuilder().setCode("LEARNER_BEHIND").setResource("a"));
    running = Optional.of(List.of(operation.build()));
    assertThat(found()).isEmpty();
    operation.addBlockers(
        Blocker.newBuilder()
            .setCode("NOT_ENOUGH_BROKERS")
            .setResource("topics/orders/partitions/1")
            .setMessage("no other broker"));
    running = Optional.of(List.of(operation.build()));
    assertThat(found()).containsExactly("OPERATION_BLOCKED operations/7");
    assertThat(examine().findings().get(0).getMessage())
        .isEqualTo(
            "decommission brokers/2 waits: NOT_ENOUGH_BROKERS topics/orders/partitions/1: no other"
                + " broker");
  }

  @Test
  void whatAnOlderBrokerDoesNotTellIsSkippedAndNotFound() {
    balancing = Optional.empty();
    running = Optional.empty();
    DoctorReport report = examine();
    assertThat(report.findings()).isEmpty();
    assertThat(report.checks())
        .contains(
            new DoctorReport.Check("leaders", "skipped", "the cluster does not tell"),
            new DoctorReport.Check("operations", "skipped", "the cluster does not tell"));
  }

  @Test
  void whatTheBrokersFindIsPartOfTheReportAndTheWorstComesFirst() {
    findings.add(
        FakeMembership.finding("UNDER_REPLICATED", "topics/orders/partitions/1").toBuilder()
            .setSeverity(Severity.SEVERITY_WARNING)
            .build());
    findings.add(FakeMembership.finding("NO_LEADER", "topics/orders/partitions/2"));
    findings.add(FakeMembership.finding("SOME_NEW_CODE", "brokers/1"));
    DoctorReport report = examine();
    assertThat(report.findings())
        .extracting(Finding::getCode)
        .containsExactly("NO_LEADER", "SOME_NEW_CODE", "UNDER_REPLICATED");
    assertThat(report.checks())
        .contains(
            new DoctorReport.Check("partitions", "critical", "2 findings"),
            new DoctorReport.Check("settings", "critical", "1 finding"));
  }

  @Test
  void everyCodeIsExplained() throws Exception {
    for (String type : List.of("DoctorChecks", "DoctorCommand")) {
      List<String> codes =
          TextTest.textsOf("/dev/almadia/cli/" + type + ".class").stream()
              .filter(text -> text.matches("[A-Z]+(_[A-Z]+)+"))
              .toList();
      assertThat(codes).isNotEmpty();
      assertThat(codes)
          .allSatisfy(code -> assertThat(Explanations.find(code)).as(code).isPresent());
    }
  }

  @Test
  void theExitCodeSaysWhetherAnythingWasFound() {
    assertThat(cli.run("doctor").succeeds().err()).isEmpty();
    cluster.membership.balancing = Balancing.getDefaultInstance();
    Cli.Run sick = cli.run("doctor");
    assertThat(sick.exitCode()).isEqualTo(ExitCode.UNHEALTHY);
    assertThat(sick.out()).contains("warning   BALANCING_PAUSED  cluster");
    assertThat(sick.err())
        .isEqualTo("almadia: 1 findings, 0 of them critical; see: almadia explain CODE\n");
    cli.run("doctor --fail-on critical").succeeds();
    cli.run("doctor --format json -o json").refuses(ExitCode.USAGE, "exclude each other");
  }

  @Test
  void jsonHasChecksAndFindings() {
    cluster.membership.findings.add(
        FakeMembership.finding("NO_LEADER", "topics/orders/partitions/2"));
    for (String form : List.of("-o json", "--format json")) {
      var tree = JsonParser.parseString(cli.run("doctor " + form).out()).getAsJsonObject();
      assertThat(tree.get("healthy").getAsBoolean()).isFalse();
      assertThat(tree.getAsJsonArray("checks")).hasSize(11);
      var finding = tree.getAsJsonArray("findings").get(0).getAsJsonObject();
      assertThat(finding.get("severity").getAsString()).isEqualTo("SEVERITY_CRITICAL");
    }
  }

  @Test
  void nagiosGetsOneLineAndItsOwnExitCodes() {
    Cli.Run well = cli.run("doctor --format nagios");
    assertThat(well.exitCode()).isZero();
    assertThat(well.out())
        .isEqualTo(
            "ALMADIA OK - 11 checks, nothing found | brokers=1 partitions=6 findings=0"
                + " critical=0\n");
    cluster.membership.balancing = Balancing.getDefaultInstance();
    assertThat(cli.run("doctor --format nagios").exitCode()).isEqualTo(1);
    cluster.membership.findings.add(
        FakeMembership.finding("NO_LEADER", "topics/orders/partitions/2").toBuilder()
            .setMessage("a|b")
            .build());
    Cli.Run sick = cli.run("doctor --format nagios");
    assertThat(sick.exitCode()).isEqualTo(2);
    assertThat(sick.out())
        .isEqualTo(
            "ALMADIA CRITICAL - NO_LEADER topics/orders/partitions/2: a/b (and 1 more) |"
                + " brokers=1 partitions=6 findings=2 critical=1\n");
  }

  @Test
  void aClusterOfWhichNobodyAnswersIsAFindingToo() {
    cluster.close();
    Cli.Run sick = cli.run("doctor --timeout 300ms");
    assertThat(sick.exitCode()).isEqualTo(ExitCode.UNHEALTHY);
    assertThat(sick.out()).contains("NO_BROKER_ANSWERS").contains(cluster.address());
    assertThat(cli.run("doctor --timeout 300ms --format nagios").exitCode()).isEqualTo(2);
  }
}
