// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import dev.almadia.client.AlmadiaClient;
import dev.almadia.v1.Blocker;
import dev.almadia.v1.ListPartitionsResponse;
import dev.almadia.v1.Operation;
import dev.almadia.v1.Partition;
import dev.almadia.v1.ReplicaRole;
import dev.almadia.v1.ReplicaState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Lists what is moving. */
@Command(
    name = "moves",
    description =
        "List partitions whose replicas are moving, how far they are, what they wait for.",
    footerHeading = "Examples:%n",
    footer = {"  almadia partitions moves", "  almadia partitions moves orders -o jsonl", ""})
@SuppressWarnings("NullAway.Init") // Filled in by picocli.
final class MovesCommand implements Callable<Integer> {
  private final Console console;
  @Mixin private GlobalOptions global;

  @Parameters(arity = "0..1", paramLabel = "TOPIC", description = "Default: all topics")
  private @Nullable String topic;

  MovesCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    try (AlmadiaClient client = global.connect(global.timeoutOr(Duration.ofSeconds(15)))) {
      List<Operation> running = client.admin().listOperations(true);
      List<Partition> moving =
          client.admin().listPartitions(topic == null ? "" : topic).stream()
              .filter(MovesCommand::isMoving)
              .toList();
      new Output(console, global)
          .list(
              ListPartitionsResponse.newBuilder().addAllPartitions(moving).build(),
              moving,
              table(moving, running));
      for (Operation operation : running) {
        console.say(
            operation.getName()
                + " ("
                + OperationView.title(operation)
                + "): "
                + OperationView.done(operation)
                + " "
                + OperationView.unit(operation)
                + OperationView.more(operation));
      }
      return ExitCode.OK;
    }
  }

  static boolean isMoving(Partition partition) {
    return partition.getLeavingBrokerIdsCount() > 0 || !newcomers(partition).isEmpty();
  }

  /** Brokers that are to hold it and do not vote yet. */
  private static List<ReplicaState> newcomers(Partition partition) {
    return partition.getReplicasList().stream()
        .filter(replica -> replica.getRole() == ReplicaRole.REPLICA_ROLE_LEARNER)
        .toList();
  }

  private static Table table(List<Partition> moving, List<Operation> running) {
    Map<String, Blocker> blockers = new HashMap<>();
    for (Operation operation : running) {
      operation.getBlockersList().forEach(b -> blockers.putIfAbsent(b.getResource(), b));
    }
    Table table =
        new Table("TOPIC", "PARTITION", "LEAVES", "COMES TO", "LACKS ENTRIES", "WAITS", "WHY");
    for (Partition partition : moving) {
      List<Integer> to = new ArrayList<>();
      long lacks = 0;
      for (ReplicaState replica : newcomers(partition)) {
        to.add(replica.getBrokerId());
        lacks = Math.max(lacks, replica.getLagEntries());
      }
      Blocker blocker =
          blockers.getOrDefault(
              "topics/" + partition.getTopic() + "/partitions/" + partition.getPartition(),
              Blocker.getDefaultInstance());
      table.row(
          partition.getTopic(),
          partition.getPartition(),
          OperationView.brokers(partition.getLeavingBrokerIdsList()),
          OperationView.brokers(to),
          lacks,
          blocker.getCode(),
          Errors.oneLine(blocker.getMessage()));
    }
    return table;
  }
}
