// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.control;

import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataImage.PartitionOfTopic;
import dev.almadia.broker.server.control.ReplicaReports.Reports;
import dev.almadia.internal.v1.ReplicaReport;
import dev.almadia.v1.Finding;
import dev.almadia.v1.GetClusterHealthResponse;
import dev.almadia.v1.Severity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Finds what is wrong, from metadata and what the replicas say of themselves. Each code is
 * explained by {@code almadia explain}.
 */
final class HealthCheck {
  /** Of one kind, at most this many are named one by one; then they are only counted. */
  private static final int NAMED_MAX = 20;

  private final ControlParts parts;
  private final MetadataImage image;
  private final Reports reports;
  private final List<Finding> findings = new ArrayList<>();

  HealthCheck(ControlParts parts, MetadataImage image, Reports reports) {
    this.parts = parts;
    this.image = image;
    this.reports = reports;
  }

  GetClusterHealthResponse run() {
    checkMetadata();
    checkBrokers();
    checkPartitions();
    if (parts.disk().isLow()) {
      add(
          "DISK_LOW",
          Severity.SEVERITY_CRITICAL,
          "brokers/" + parts.context().brokerId(),
          "the disk is nearly full; writes are refused, reads go on",
          "free space, delete topics, or lower disk-reserve if you know what you do");
    }
    findings.sort(Comparator.comparing((Finding finding) -> -finding.getSeverityValue()));
    return GetClusterHealthResponse.newBuilder()
        .setHealthy(findings.isEmpty())
        .addAllFindings(findings)
        .build();
  }

  private void checkMetadata() {
    if (parts.router().leaderOf(MetadataImage.METADATA_GROUP).brokerId() == 0) {
      add(
          "METADATA_NO_LEADER",
          Severity.SEVERITY_CRITICAL,
          "metadata",
          "the metadata group has no leader; topics cannot be created or changed",
          "see that a majority of the brokers in initial-brokers run and reach each other");
    }
    for (int broker : image.metadataGroup().voterBrokers()) {
      if (!image.brokers().containsKey(broker)) {
        add(
            "BROKER_NOT_REGISTERED",
            Severity.SEVERITY_WARNING,
            "brokers/" + broker,
            "broker " + broker + " should vote on metadata and has never registered",
            "start it, or look into its log");
      }
    }
  }

  private void checkBrokers() {
    for (int broker : image.brokers().keySet()) {
      if (!reports.answered(broker) || !parts.context().isReachable(broker)) {
        add(
            "BROKER_UNREACHABLE",
            Severity.SEVERITY_WARNING,
            "brokers/" + broker,
            "broker " + broker + " does not answer broker " + parts.context().brokerId(),
            "start it, or see what is between them");
      }
    }
  }

  private void checkPartitions() {
    List<PartitionOfTopic> leaderless = new ArrayList<>();
    List<PartitionOfTopic> thin = new ArrayList<>();
    for (PartitionOfTopic partition : image.partitionsByGroup().values()) {
      if (Partitions.leaderOf(partition, reports) == null) {
        leaderless.add(partition);
      }
      boolean complete = true;
      for (int broker : partition.partition().replicas()) {
        ReplicaReport report = reports.of(broker, partition.partition().groupId());
        complete &= report != null && report.getProblem().isEmpty();
        if (report != null && !report.getProblem().isEmpty()) {
          addDamaged(partition, broker, report.getProblem());
        }
      }
      if (!complete) {
        thin.add(partition);
      }
    }
    addAll(
        leaderless,
        "NO_LEADER",
        Severity.SEVERITY_CRITICAL,
        "has no leader; it takes no writes and serves no reads",
        "start the brokers of its replicas; an election takes about a second");
    addAll(
        thin,
        "UNDER_REPLICATED",
        Severity.SEVERITY_WARNING,
        "has fewer replicas at work than it should",
        "start the brokers of its replicas");
  }

  private void addDamaged(PartitionOfTopic partition, int broker, String problem) {
    add(
        "REPLICA_DAMAGED",
        Severity.SEVERITY_CRITICAL,
        nameOf(partition) + "/replicas/" + broker,
        "the replica on broker " + broker + " is damaged and not served: " + problem,
        "check the disk; it is filled again by itself where the others are a majority without it");
  }

  private void addAll(
      List<PartitionOfTopic> partitions, String code, Severity severity, String what, String hint) {
    int named = Math.min(partitions.size(), NAMED_MAX);
    for (PartitionOfTopic partition : partitions.subList(0, named)) {
      add(
          code,
          severity,
          nameOf(partition),
          "partition "
              + partition.partition().partition()
              + " of topic '"
              + partition.topic().name()
              + "' "
              + what,
          hint);
    }
    if (partitions.size() > named) {
      add(
          code,
          severity,
          "topics",
          (partitions.size() - named) + " more partitions: each " + what,
          hint);
    }
  }

  private static String nameOf(PartitionOfTopic partition) {
    return "topics/"
        + partition.topic().name()
        + "/partitions/"
        + partition.partition().partition();
  }

  private void add(String code, Severity severity, String resource, String message, String hint) {
    findings.add(
        Finding.newBuilder()
            .setCode(code)
            .setSeverity(severity)
            .setResource(resource)
            .setMessage(message)
            .setHint(hint)
            .build());
  }
}
