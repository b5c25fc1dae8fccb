// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.control;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.metadata.MetadataImage.PartitionOfTopic;
import dev.almadia.broker.server.control.ReplicaReports.Reports;
import dev.almadia.broker.server.grpc.Forwarder;
import dev.almadia.broker.server.grpc.Statuses;
import dev.almadia.internal.v1.BrokerServiceGrpc;
import dev.almadia.internal.v1.DigestReplicaRequest;
import dev.almadia.internal.v1.DigestReplicaResponse;
import dev.almadia.internal.v1.ReplicaReport;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.Failure;
import dev.almadia.v1.ReplicaDigest;
import dev.almadia.v1.VerifyPartitionResponse;
import io.grpc.Context;
import io.grpc.Deadline;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Compares the replicas of a partition: each hashes what all of them know to be committed, checking
 * every entry on the way; if the hashes differ, halving the range finds the first entry that does.
 * Any thread; nothing blocks here, the hashing runs on the read pools of the brokers.
 */
final class PartitionVerifier {
  /** A large partition takes minutes to read. */
  private static final long DEADLINE_MINUTES = 30;

  private final ControlParts parts;
  private final ReplicaReports reports;
  private final ReplicaDigests own;

  PartitionVerifier(ControlParts parts, ReplicaReports reports) {
    this.parts = parts;
    this.reports = reports;
    this.own = new ReplicaDigests(parts);
  }

  /** Hash of a range on one replica, or why there is none. */
  private record Digest(@Nullable DigestReplicaResponse hash, @Nullable Failure failure) {}

  CompletableFuture<VerifyPartitionResponse> verify(PartitionOfTopic partition) {
    Deadline own = parts.context().deadlineAfter(TimeUnit.MINUTES.toMillis(DEADLINE_MINUTES));
    Deadline asked = Context.current().getDeadline();
    Run run = new Run(partition, asked == null ? own : asked);
    return reports
        .ask(partition.partition().replicas(), List.of(partition.partition().groupId()))
        .thenCompose(run::compare);
  }

  /** One comparison. */
  private final class Run {
    private final PartitionOfTopic partition;
    private final long groupId;
    private final Deadline deadline;
    private final Map<Integer, Failure> failures = new HashMap<>();

    Run(PartitionOfTopic partition, Deadline deadline) {
      this.partition = partition;
      this.groupId = partition.partition().groupId();
      this.deadline = deadline;
    }

    CompletableFuture<VerifyPartitionResponse> compare(Reports found) {
      Set<Integer> able = new TreeSet<>();
      long from = 1;
      long to = Long.MAX_VALUE;
      for (int broker : partition.partition().replicas()) {
        ReplicaReport report = found.of(broker, groupId);
        Failure failure = failureOf(broker, report, found.answered(broker));
        if (failure != null || report == null) {
          failures.put(broker, failure == null ? unreachable(broker) : failure);
          continue;
        }
        able.add(broker);
        from = Math.max(from, report.getFirstIndex());
        to = Math.min(to, report.getCommitIndex());
      }
      if (able.isEmpty() || to < from) {
        return CompletableFuture.completedFuture(answer(from, able.isEmpty() ? 0 : to, Map.of()));
      }
      long first = from;
      long last = to;
      return digests(able, first, last)
          .thenCompose(
              digests -> {
                VerifyPartitionResponse answer = answer(first, last, digests);
                return differ(digests)
                    ? locate(readable(digests), first, last).thenApply(at -> at.mergeInto(answer))
                    : CompletableFuture.completedFuture(answer);
              });
    }

    private @Nullable Failure failureOf(
        int broker, @Nullable ReplicaReport report, boolean answered) {
      if (!answered) {
        return unreachable(broker);
      }
      if (report == null) {
        return Statuses.toFailure(
            BrokerError.of(
                ErrorReason.ERROR_REASON_BROKER_STARTING,
                "Broker " + broker + " does not hold its replica yet",
                "broker_id",
                broker));
      }
      return report.getProblem().isEmpty() ? null : damaged(broker, report.getProblem());
    }

    private Failure damaged(int broker, String problem) {
      return Statuses.toFailure(
          BrokerError.of(
              ErrorReason.ERROR_REASON_DATA_CORRUPTION,
              "The replica on broker " + broker + " is damaged: " + problem,
              "broker_id",
              broker,
              "topic",
              partition.topic().name(),
              "partition",
              partition.partition().partition()));
    }

    private Failure unreachable(int broker) {
      return Statuses.toFailure(
          BrokerError.of(
              ErrorReason.ERROR_REASON_QUORUM_LOST,
              "Broker " + broker + " does not answer",
              "broker_id",
              broker));
    }

    private CompletableFuture<Map<Integer, Digest>> digests(
        Set<Integer> brokers, long from, long to) {
      DigestReplicaRequest request =
          DigestReplicaRequest.newBuilder()
              .setGroupId(groupId)
              .setFromIndex(from)
              .setToIndex(to)
              .build();
      Map<Integer, CompletableFuture<Digest>> calls = new TreeMap<>();
      for (int broker : brokers) {
        calls.put(
            broker,
            digest(broker, request)
                .handle((hash, thrown) -> new Digest(hash, thrown == null ? null : why(thrown))));
      }
      return CompletableFuture.allOf(calls.values().toArray(CompletableFuture<?>[]::new))
          .thenApply(
              done -> {
                Map<Integer, Digest> digests = new TreeMap<>();
                calls.forEach((broker, call) -> digests.put(broker, call.join()));
                return digests;
              });
    }

    private CompletableFuture<DigestReplicaResponse> digest(
        int broker, DigestReplicaRequest request) {
      if (broker == parts.context().brokerId()) {
        return own.here(request);
      }
      return parts
          .forwarder()
          .unary(
              Forwarder.Destination.of(broker),
              BrokerServiceGrpc.getDigestReplicaMethod(),
              request,
              Forwarder.Effect.READ,
              deadline);
    }

    private Failure why(Throwable thrown) {
      BrokerError error = Statuses.errorOf(thrown);
      return Statuses.toFailure(
          error != null ? error : Errors.noLeader(partition.topic().name(), 0));
    }

    /** Halves the range: what differs in the first half begins there, else in the second. */
    private CompletableFuture<Difference> locate(Set<Integer> brokers, long from, long to) {
      if (from >= to) {
        return digests(brokers, from, from)
            .thenApply(
                digests -> {
                  for (Digest digest : digests.values()) {
                    if (digest.hash() != null) {
                      return new Difference(from, digest.hash().getFirstOffset());
                    }
                  }
                  return new Difference(from, 0);
                });
      }
      long middle = from + (to - from) / 2;
      return digests(brokers, from, middle)
          .thenCompose(
              digests ->
                  differ(digests) || readable(digests).size() < brokers.size()
                      ? locate(brokers, from, middle)
                      : locate(brokers, middle + 1, to));
    }

    private VerifyPartitionResponse answer(long from, long to, Map<Integer, Digest> digests) {
      VerifyPartitionResponse.Builder answer =
          VerifyPartitionResponse.newBuilder().setFromIndex(from).setToIndex(Math.max(0, to));
      boolean complete = failures.isEmpty();
      for (int broker : new TreeSet<>(partition.partition().replicas())) {
        ReplicaDigest.Builder replica = ReplicaDigest.newBuilder().setBrokerId(broker);
        Digest digest = digests.get(broker);
        Failure failure = digest == null ? failures.get(broker) : digest.failure();
        if (failure != null) {
          replica.setFailure(failure);
          complete = false;
        }
        if (digest != null && digest.hash() != null) {
          replica.setDigest(digest.hash().getDigest()).setEntries(digest.hash().getEntries());
          answer.setRecords(digest.hash().getNextOffset() - digest.hash().getFirstOffset());
        }
        answer.addReplicas(replica);
      }
      return answer.setEqual(complete && !differ(digests)).build();
    }
  }

  /** Where replicas differ first. */
  private record Difference(long index, long offset) {
    VerifyPartitionResponse mergeInto(VerifyPartitionResponse answer) {
      return answer.toBuilder()
          .setFirstDifferenceIndex(index)
          .setFirstDifferenceOffset(offset)
          .build();
    }
  }

  private static boolean differ(Map<Integer, Digest> digests) {
    Set<String> hashes = new HashSet<>();
    for (Digest digest : digests.values()) {
      if (digest.hash() != null) {
        hashes.add(digest.hash().getDigest());
      }
    }
    return hashes.size() > 1;
  }

  private static Set<Integer> readable(Map<Integer, Digest> digests) {
    Set<Integer> brokers = new TreeSet<>();
    digests.forEach(
        (broker, digest) -> {
          if (digest.hash() != null) {
            brokers.add(broker);
          }
        });
    return brokers;
  }
}
