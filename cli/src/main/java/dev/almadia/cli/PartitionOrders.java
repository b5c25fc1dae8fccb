// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.almadia.client.Admin;
import dev.almadia.client.AlmadiaClient;
import dev.almadia.client.AlmadiaException;
import dev.almadia.v1.MoveReplicasRequest;
import dev.almadia.v1.OperationResponse;
import dev.almadia.v1.Partition;
import dev.almadia.v1.ReplicaMove;
import dev.almadia.v1.ReplicaState;
import dev.almadia.v1.TransferLeadershipResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Commands that say where replicas and leaders of partitions are to be. */
final class PartitionOrders {
  private PartitionOrders() {}

  /** Moves replicas. */
  @Command(
      name = "move",
      description = {
        "Move replicas of partitions to other brokers. The first broker is meant to lead.",
        "New replicas are copied before old ones go, so nothing is less safe meanwhile.",
        "A plan file is what --dry-run -o json printed; it is refused if replicas are elsewhere"
            + " by then."
      },
      footerHeading = "Examples:%n",
      footer = {
        "  almadia partitions move orders/3 --to 1,2,4",
        "  almadia partitions move orders/3 --to 1,2,4 orders/4 --to 2,3,4 --throttle 50MiB",
        "  almadia cluster balance run --dry-run -o json > plan.json"
            + " && almadia partitions move --plan plan.json",
        ""
      })
  @SuppressWarnings("NullAway.Init") // Filled in by picocli.
  static final class Move implements Callable<Integer> {
    private final Console console;
    @Mixin private GlobalOptions global;
    @Mixin private PlanOptions planned;
    @Mixin private WaitOptions waiting;

    @Parameters(arity = "0..*", paramLabel = "TOPIC/PARTITION", description = "Such as orders/3")
    private List<String> partitions = new ArrayList<>();

    @Option(
        names = "--to",
        paramLabel = "BROKERS",
        description = "Where all its replicas are to be, such as 1,2,4; one for each partition")
    private List<String> to = new ArrayList<>();

    @Option(names = "--plan", paramLabel = "FILE", description = "Moves as JSON; - reads input")
    private @Nullable String file;

    Move(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() {
      List<ReplicaMove> moves = file == null ? fromFlags() : fromFile(file);
      MoveReplicasRequest request =
          MoveReplicasRequest.newBuilder()
              .addAllMoves(moves)
              .setThrottleBytesPerSecond(waiting.throttleBytesPerSecond)
              .build();
      try (AlmadiaClient client = global.connect()) {
        Admin admin = client.admin();
        return new OperationOrder(console, global, planned, waiting)
            .run(
                admin,
                new OperationOrder.Order(
                    "move replicas",
                    () -> admin.moveReplicas(request.toBuilder().setValidateOnly(true).build()),
                    plan -> admin.moveReplicas(asPlanned(request, plan)),
                    true,
                    null));
      }
    }

    /** The order is exactly what the plan showed, or it is refused. */
    private static MoveReplicasRequest asPlanned(
        MoveReplicasRequest request, OperationResponse plan) {
      return request.toBuilder().clearMoves().addAllMoves(plan.getPlanList()).build();
    }

    private List<ReplicaMove> fromFlags() {
      if (partitions.isEmpty()) {
        throw CliException.usage(
            "nothing to move; give partitions with --to, such as orders/3 --to 1,2,4, or --plan");
      }
      if (partitions.size() != to.size()) {
        throw CliException.usage(
            partitions.size()
                + " partitions and "
                + to.size()
                + " --to; each partition needs its own, such as orders/3 --to 1,2,4");
      }
      List<ReplicaMove> moves = new ArrayList<>();
      for (int i = 0; i < partitions.size(); i++) {
        PartitionName name = PartitionName.parse(partitions.get(i));
        moves.add(
            ReplicaMove.newBuilder()
                .setTopic(name.topic())
                .setPartition(name.partition())
                .addAllBrokerIds(PartitionName.brokers("--to", to.get(i)))
                .build());
      }
      return moves;
    }

    private List<ReplicaMove> fromFile(String from) {
      if (!partitions.isEmpty() || !to.isEmpty()) {
        throw CliException.usage("--plan has the partitions; leave out those on the command line");
      }
      return PlanFile.read(console, from);
    }
  }

  /** Moves leaders. */
  @Command(
      name = "transfer-leader",
      description = {
        "Move the leadership of partitions to other replicas of theirs. Takes a moment in which"
            + " writes wait; none fails."
      },
      footerHeading = "Examples:%n",
      footer = {
        "  almadia partitions transfer-leader orders/3 --to 2",
        "  almadia partitions transfer-leader orders/3 orders/4      to the best follower of each",
        ""
      })
  @SuppressWarnings("NullAway.Init") // Filled in by picocli.
  static final class TransferLeader implements Callable<Integer> {
    private final Console console;
    @Mixin private GlobalOptions global;
    @Mixin private PlanOptions planned;

    @Parameters(arity = "1..*", paramLabel = "TOPIC/PARTITION", description = "Such as orders/3")
    private List<String> partitions = new ArrayList<>();

    @Option(names = "--to", paramLabel = "BROKER", description = "Default: the best follower")
    private int to;

    TransferLeader(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() {
      List<PartitionName> names = partitions.stream().map(PartitionName::parse).toList();
      try (AlmadiaClient client = global.connect()) {
        List<Partition> found = new ArrayList<>();
        for (PartitionName name : names) {
          found.add(check(client.admin().getPartition(name.topic(), name.partition())));
        }
        found.forEach(partition -> console.say(plan(partition)));
        if (planned.dryRun) {
          console.say("dry run: nothing was changed");
          return ExitCode.OK;
        }
        return transfer(client.admin(), found);
      }
    }

    private Partition check(Partition partition) {
      List<Integer> holders =
          partition.getReplicasList().stream().map(ReplicaState::getBrokerId).toList();
      if (to != 0 && !holders.contains(to)) {
        throw new CliException(
            ExitCode.PRECONDITION,
            "broker "
                + to
                + " holds no replica of "
                + nameOf(partition)
                + "; its replicas are on "
                + OperationView.brokers(holders));
      }
      return partition;
    }

    private static PartitionName nameOf(Partition partition) {
      return new PartitionName(partition.getTopic(), partition.getPartition());
    }

    private String plan(Partition partition) {
      return "plan: "
          + nameOf(partition)
          + ", led by "
          + (partition.getLeaderBrokerId() == 0
              ? "nobody"
              : "broker " + partition.getLeaderBrokerId())
          + ", to "
          + (to == 0 ? "its best follower" : "broker " + to);
    }

    private int transfer(Admin admin, List<Partition> found) {
      Table table = new Table("TOPIC", "PARTITION", "LED BEFORE", "LEADS NOW", "TERM");
      JsonArray tree = new JsonArray();
      try {
        for (Partition partition : found) {
          TransferLeadershipResponse now =
              admin.transferLeadership(partition.getTopic(), partition.getPartition(), to);
          table.row(
              partition.getTopic(),
              partition.getPartition(),
              partition.getLeaderBrokerId(),
              now.getLeaderBrokerId(),
              now.getTerm());
          JsonObject item = Json.of(now).getAsJsonObject();
          item.addProperty("topic", partition.getTopic());
          item.addProperty("partition", partition.getPartition());
          tree.add(item);
        }
      } catch (AlmadiaException e) {
        if (tree.isEmpty()) {
          throw e;
        }
        new Output(console, global).tree(tree, table);
        console.say(Errors.line("partitions transfer-leader", e));
        console.say(tree.size() + " of " + found.size() + " were transferred before it");
        return ExitCode.PARTLY_DONE;
      }
      new Output(console, global).tree(tree, table);
      return ExitCode.OK;
    }
  }
}
