// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import dev.almadia.cli.DoctorFacts.Look;
import dev.almadia.v1.Balancing;
import dev.almadia.v1.Blocker;
import dev.almadia.v1.Broker;
import dev.almadia.v1.BrokerLoad;
import dev.almadia.v1.BrokerState;
import dev.almadia.v1.Finding;
import dev.almadia.v1.GetServerInfoResponse;
import dev.almadia.v1.Operation;
import dev.almadia.v1.Severity;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/** Finds in the facts what is wrong. Pure; one use. Each code is explained by `explain`. */
final class DoctorChecks {
  /** Below this a difference of clocks has no consequence that anybody notices. */
  private static final long CLOCK_MS_MAX = 500;

  private static final long DISK_FREE_PART_MIN = 10;

  /** Where findings of the broker belong; all others to the last check. */
  private static final Map<String, String> CHECK_OF =
      Map.of(
          "BROKER_UNREACHABLE", "brokers",
          "BROKER_NOT_REGISTERED", "brokers",
          "METADATA_NO_LEADER", "metadata",
          "NO_LEADER", "partitions",
          "UNDER_REPLICATED", "partitions",
          "REPLICA_DAMAGED", "partitions",
          "DISK_LOW", "disks");

  private final DoctorFacts facts;
  private final List<Broker> brokers;
  private final List<DoctorReport.Check> checks = new ArrayList<>();
  private final List<Finding> all = new ArrayList<>();
  private List<Finding> current = new ArrayList<>();

  DoctorChecks(DoctorFacts facts) {
    this.facts = facts;
    this.brokers = facts.cluster().getBrokersList();
  }

  DoctorReport run() {
    check("brokers", brokersNote());
    check("links", linksNote());
    check("versions", versionsNote());
    check("clocks", clocksNote());
    check("disks", disksNote());
    check("zones", zonesNote());
    check("metadata", metadataNote());
    check("partitions", Optional.of(facts.cluster().getPartitions() + " partitions"));
    check("leaders", ifTold(facts.balancing(), this::leadersNote));
    check("operations", ifTold(facts.running(), this::operationsNote));
    check("settings", Optional.of("as far as the brokers tell"));
    return new DoctorReport(checks, all, brokers.size(), facts.cluster().getPartitions());
  }

  private static <T> Optional<String> ifTold(Optional<T> fact, Function<T, String> note) {
    return fact.map(note);
  }

  /** Ends a check: what was added since the last one, and what the broker found, belongs to it. */
  private void check(String name, Optional<String> note) {
    for (Finding finding : facts.health().getFindingsList()) {
      if (CHECK_OF.getOrDefault(finding.getCode(), "settings").equals(name)) {
        current.add(finding);
      }
    }
    String state = note.isPresent() ? "ok" : "skipped";
    for (Finding finding : current) {
      if (!state.equals("critical")) {
        state = DoctorReport.severity(finding);
      }
    }
    String text =
        current.isEmpty()
            ? note.orElse("the cluster does not tell")
            : current.size() + (current.size() == 1 ? " finding" : " findings");
    checks.add(new DoctorReport.Check(name, state, text));
    all.addAll(current);
    current = new ArrayList<>();
  }

  private void warn(String code, String resource, String message, String hint) {
    add(Severity.SEVERITY_WARNING, code, resource, message, hint);
  }

  private void add(Severity severity, String code, String resource, String message, String hint) {
    current.add(
        Finding.newBuilder()
            .setSeverity(severity)
            .setCode(code)
            .setResource(resource)
            .setMessage(message)
            .setHint(hint)
            .build());
  }

  private static String name(int brokerId) {
    return "brokers/" + brokerId;
  }

  private boolean isDown(int brokerId) {
    return facts.health().getFindingsList().stream()
        .anyMatch(
            f ->
                f.getCode().equals("BROKER_UNREACHABLE") && f.getResource().equals(name(brokerId)));
  }

  private Optional<String> brokersNote() {
    int answered = 0;
    for (Look look : facts.looks()) {
      int id = look.brokerId();
      GetServerInfoResponse info = look.info();
      if (info != null) {
        answered++;
        checkIdentity(look, info);
      } else if (!isDown(id)) {
        warn(
            "BROKER_UNREACHABLE_FROM_HERE",
            name(id),
            "broker "
                + id
                + " does not answer this machine at "
                + look.broker().getEndpoint()
                + ": "
                + look.failure(),
            "correct its setting advertise, or open the port");
      }
      if (look.broker().getState() == BrokerState.BROKER_STATE_DRAINING) {
        warn(
            "BROKER_DRAINING",
            name(id),
            "broker " + id + " is drained and leads nothing",
            "almadia brokers undrain " + id);
      }
    }
    return Optional.of(answered + " of " + brokers.size() + " answer this machine");
  }

  private void checkIdentity(Look look, GetServerInfoResponse info) {
    boolean isOtherCluster =
        !info.getClusterId().isEmpty()
            && !facts.cluster().getClusterId().isEmpty()
            && !info.getClusterId().equals(facts.cluster().getClusterId());
    if (info.getBrokerId() != look.brokerId() || isOtherCluster) {
      add(
          Severity.SEVERITY_CRITICAL,
          "WRONG_BROKER_AT_ADDRESS",
          name(look.brokerId()),
          "at "
              + look.broker().getEndpoint()
              + " broker "
              + info.getBrokerId()
              + (isOtherCluster ? " of cluster " + info.getClusterId() : "")
              + " answers",
          "correct the setting advertise of the brokers concerned");
    }
  }

  private Optional<String> linksNote() {
    for (Look look : facts.looks()) {
      for (Broker seen : look.sees()) {
        int id = seen.getBrokerId();
        if (!seen.getReachable() && id != look.brokerId() && isAlive(id)) {
          warn(
              "BROKER_LINK_DOWN",
              name(look.brokerId()),
              "broker "
                  + look.brokerId()
                  + " cannot reach broker "
                  + id
                  + " at "
                  + seen.getInternalEndpoint()
                  + ", though that one runs",
              "check the network between their internal addresses");
        }
      }
    }
    return Optional.of("those that answer reach each other");
  }

  private boolean isAlive(int brokerId) {
    return facts.looks().stream().anyMatch(l -> l.brokerId() == brokerId && l.info() != null);
  }

  private Optional<String> versionsNote() {
    Map<String, Set<Integer>> byVersion = new TreeMap<>();
    for (Broker broker : brokers) {
      byVersion
          .computeIfAbsent(broker.getVersion(), v -> new TreeSet<>())
          .add(broker.getBrokerId());
    }
    if (byVersion.size() > 1) {
      List<String> parts = new ArrayList<>();
      byVersion.forEach((version, ids) -> parts.add(version + " on " + ids));
      warn(
          "BROKER_VERSION_DIFFERS",
          "brokers",
          "brokers run different versions: " + String.join(", ", parts),
          "bring all to the same version, one by one");
    }
    return Optional.of("all run " + String.join(", ", byVersion.keySet()));
  }

  private Optional<String> clocksNote() {
    List<Look> told =
        facts.looks().stream()
            .filter(look -> look.info() != null && look.info().getTimeMs() > 0)
            .toList();
    if (told.isEmpty()) {
      return Optional.empty();
    }
    List<Long> sorted = told.stream().map(Look::clockAheadMs).sorted().toList();
    long median = sorted.get(sorted.size() / 2);
    for (Look look : told) {
      long offMs = look.clockAheadMs() - median;
      if (Math.abs(offMs) - look.clockErrorMs() > CLOCK_MS_MAX) {
        warn(
            "CLOCK_DIFFERS",
            name(look.brokerId()),
            "the clock of broker "
                + look.brokerId()
                + " is "
                + Units.count(Math.abs(offMs))
                + " ms "
                + (offMs > 0 ? "ahead of" : "behind")
                + " the others",
            "see that NTP runs there");
      }
    }
    long spread = sorted.get(sorted.size() - 1) - sorted.get(0);
    return Optional.of("within " + Units.count(spread) + " ms");
  }

  private Optional<String> disksNote() {
    boolean isTold = false;
    for (Broker broker : brokers) {
      if (broker.getDiskBytes() <= 0) {
        continue;
      }
      isTold = true;
      if (broker.getFreeBytes() < broker.getDiskBytes() / DISK_FREE_PART_MIN) {
        warn(
            "DISK_NEARLY_FULL",
            name(broker.getBrokerId()),
            "broker "
                + broker.getBrokerId()
                + " has "
                + Units.bytes(broker.getFreeBytes())
                + " free of "
                + Units.bytes(broker.getDiskBytes()),
            "free space, or move partitions away");
      }
    }
    return isTold ? Optional.of("each has more than a tenth free") : Optional.empty();
  }

  private Optional<String> zonesNote() {
    Map<String, Integer> sizes = new TreeMap<>();
    brokers.forEach(broker -> sizes.merge(broker.getZone(), 1, Integer::sum));
    int without = sizes.getOrDefault("", 0);
    sizes.remove("");
    if (sizes.isEmpty()) {
      return Optional.of("none are set");
    }
    int most = sizes.values().stream().mapToInt(n -> n).max().orElse(0);
    int least = sizes.values().stream().mapToInt(n -> n).min().orElse(0);
    if (without > 0) {
      warn(
          "ZONES_UNEVEN",
          "brokers",
          without + " of " + brokers.size() + " brokers have no zone",
          "set zone on every broker");
    } else if (most - least > 1) {
      warn(
          "ZONES_UNEVEN",
          "brokers",
          "brokers are spread unevenly over zones: " + sizes,
          "give each zone about as many brokers");
    }
    return Optional.of(sizes.size() + " zones: " + sizes);
  }

  private Optional<String> metadataNote() {
    List<Broker> voters = brokers.stream().filter(Broker::getMetadataVoter).toList();
    for (Broker voter : voters) {
      if (isDown(voter.getBrokerId())) {
        warn(
            "METADATA_VOTER_DOWN",
            name(voter.getBrokerId()),
            "broker " + voter.getBrokerId() + " votes on metadata and does not answer",
            "start it; another one takes its place after some minutes, if there is one");
      }
    }
    long staying =
        brokers.stream()
            .filter(b -> b.getState() != BrokerState.BROKER_STATE_DECOMMISSIONING)
            .count();
    long wanted = staying >= 5 ? 5 : Math.min(3, staying);
    if (voters.size() < wanted) {
      warn(
          "METADATA_VOTERS_FEW",
          "metadata",
          voters.size() + " brokers vote on metadata; " + wanted + " should",
          "wait some minutes; see that enough brokers are active and connected");
    }
    return Optional.of(
        "led by broker "
            + facts.cluster().getMetadataLeaderBrokerId()
            + ", "
            + voters.size()
            + " voters");
  }

  private String leadersNote(Balancing balancing) {
    if (balancing.getMisplacedLeaders() > 0) {
      warn(
          "LEADER_MISPLACED",
          "partitions",
          balancing.getMisplacedLeaders()
              + " partitions are not led by the broker that is meant to",
          "wait a minute; then see: almadia cluster balance status");
    }
    if (!balancing.getLeaderBalancing()) {
      warn(
          "BALANCING_PAUSED",
          "cluster",
          "leaders are not moved back to the brokers that are meant to lead",
          "almadia cluster balance resume");
    }
    checkLoad(balancing);
    return "each partition is led by the broker that is meant to";
  }

  private void checkLoad(Balancing balancing) {
    Set<Integer> active = new HashSet<>();
    for (Broker broker : brokers) {
      if (broker.getState() != BrokerState.BROKER_STATE_DECOMMISSIONING) {
        active.add(broker.getBrokerId());
      }
    }
    List<BrokerLoad> loads =
        balancing.getBrokersList().stream()
            .filter(load -> active.contains(load.getBrokerId()))
            .toList();
    int most = loads.stream().mapToInt(BrokerLoad::getReplicas).max().orElse(0);
    int least = loads.stream().mapToInt(BrokerLoad::getReplicas).min().orElse(0);
    // A few more do no harm where there are few at all.
    if (most - least > Math.max(3, most / 5)) {
      warn(
          "LOAD_UNEVEN",
          "brokers",
          "brokers hold between " + least + " and " + most + " replicas",
          "almadia cluster balance run --dry-run");
    }
  }

  private String operationsNote(List<Operation> running) {
    for (Operation operation : running) {
      OperationView.byCode(
              operation.getBlockersList().stream().filter(OperationView::needsHelp).toList())
          .forEach((code, blockers) -> addBlocked(operation, code, blockers));
    }
    return running.isEmpty() ? "none are running" : running.size() + " running, none blocked";
  }

  private void addBlocked(Operation operation, String code, List<Blocker> blockers) {
    Blocker first = blockers.get(0);
    warn(
        "OPERATION_BLOCKED",
        operation.getName(),
        OperationView.title(operation)
            + " waits: "
            + code
            + " "
            + first.getResource()
            + (blockers.size() == 1 ? "" : " and " + (blockers.size() - 1) + " more")
            + ": "
            + first.getMessage(),
        first.getHint());
  }
}
