// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.almadia.client.AlmadiaClient;
import dev.almadia.v1.ListPartitionsResponse;
import dev.almadia.v1.Partition;
import dev.almadia.v1.ReplicaDigest;
import dev.almadia.v1.ReplicaState;
import dev.almadia.v1.VerifyPartitionResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Commands about partitions. */
@Command(
    name = "partitions",
    description = "Show partitions, compare their replicas, and move them.",
    footerHeading = "Examples:%n",
    footer = {
      "  almadia partitions list orders",
      "  almadia partitions describe orders 3",
      "  almadia partitions verify orders",
      "  almadia partitions move orders/3 --to 1,2,4",
      ""
    },
    commandListHeading = "%nCommands:%n",
    subcommands = {
      PartitionsCommand.ListPartitions.class,
      PartitionsCommand.Describe.class,
      PartitionsCommand.Verify.class,
      PartitionOrders.Move.class,
      MovesCommand.class,
      PartitionOrders.TransferLeader.class,
      UnsafeRecoverCommand.class
    })
@SuppressWarnings("unused") // Read by picocli.
final class PartitionsCommand {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help")
  private boolean help;

  /** Lists partitions. */
  @Command(
      name = "list",
      description = {
        "List partitions with the state of their Raft groups.",
        "Replicas: broker and role (L leader, f follower, c candidate, l learner, ? no answer)."
      },
      footerHeading = "Examples:%n",
      footer = {"  almadia partitions list orders", "  almadia partitions list -o jsonl", ""})
  @SuppressWarnings("NullAway.Init") // Filled in by picocli.
  static final class ListPartitions implements Callable<Integer> {
    private final Console console;
    @Mixin private GlobalOptions global;

    @Parameters(arity = "0..1", paramLabel = "TOPIC", description = "Default: all topics")
    private @Nullable String topic;

    ListPartitions(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() {
      try (AlmadiaClient client = global.connect(global.timeoutOr(Duration.ofSeconds(15)))) {
        List<Partition> partitions = client.admin().listPartitions(topic == null ? "" : topic);
        new Output(console, global)
            .list(
                ListPartitionsResponse.newBuilder().addAllPartitions(partitions).build(),
                partitions,
                table(partitions));
        return ExitCode.OK;
      }
    }
  }

  /** Describes a partition. */
  @Command(
      name = "describe",
      description = "Describe a partition and each of its replicas.",
      footerHeading = "Examples:%n",
      footer = {"  almadia partitions describe orders 3", ""})
  @SuppressWarnings("NullAway.Init") // Filled in by picocli.
  static final class Describe implements Callable<Integer> {
    private final Console console;
    @Mixin private GlobalOptions global;

    @Parameters(index = "0", paramLabel = "TOPIC", description = "Name of the topic")
    private String topic;

    @Parameters(index = "1", paramLabel = "PARTITION", description = "Number, from 0")
    private int partition;

    Describe(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() {
      try (AlmadiaClient client = global.connect()) {
        Partition found = client.admin().getPartition(topic, partition);
        Table table =
            new Table(
                "BROKER",
                "ROLE",
                "REACHABLE",
                "LAST INDEX",
                "DURABLE",
                "COMMITTED",
                "HIGH WATERMARK",
                "LAG",
                "PROBLEM");
        for (ReplicaState replica : found.getReplicasList()) {
          table.row(
              replica.getBrokerId(),
              role(replica),
              replica.getReachable() ? "yes" : "NO",
              replica.getLastIndex(),
              replica.getDurableIndex(),
              replica.getCommitIndex(),
              replica.getHighWatermark(),
              replica.getLagEntries(),
              Errors.oneLine(replica.getProblem()));
        }
        new Output(console, global).one(found, table);
        return ExitCode.OK;
      }
    }
  }

  /** Compares replicas. */
  @Command(
      name = "verify",
      description = {
        "Read each partition on all its replicas, check every checksum, and compare them entry by"
            + " entry.",
        "Exit code 10 if replicas differ or one cannot be read."
      },
      footerHeading = "Examples:%n",
      footer = {
        "  almadia partitions verify orders",
        "  almadia partitions verify orders -p 0,3 --timeout 10m",
        ""
      })
  @SuppressWarnings("NullAway.Init") // Filled in by picocli.
  static final class Verify implements Callable<Integer> {
    private static final Duration TIMEOUT_DEFAULT = Duration.ofMinutes(5);

    private final Console console;
    @Mixin private GlobalOptions global;

    @Parameters(paramLabel = "TOPIC", description = "Name of the topic")
    private String topic;

    @Option(
        names = {"-p", "--partition"},
        split = ",",
        paramLabel = "N",
        description = "Only these (default: all)")
    private List<Integer> partitions = new ArrayList<>();

    Verify(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() {
      try (AlmadiaClient client = global.connect()) {
        int count = client.admin().getTopic(topic).getPartitions();
        List<Integer> wanted = partitions.isEmpty() ? upTo(count) : partitions;
        Table table =
            new Table("PARTITION", "EQUAL", "FROM INDEX", "TO INDEX", "RECORDS", "DIGESTS", "NOTE");
        JsonArray tree = new JsonArray();
        List<String> bad = new ArrayList<>();
        for (int partition : wanted) {
          VerifyPartitionResponse answer =
              client.admin().verifyPartition(topic, partition, global.timeoutOr(TIMEOUT_DEFAULT));
          String note = note(answer);
          table.row(
              partition,
              answer.getEqual() ? "yes" : "NO",
              answer.getFromIndex(),
              answer.getToIndex(),
              answer.getRecords(),
              digests(answer),
              note);
          tree.add(item(topic, partition, answer));
          if (!answer.getEqual()) {
            bad.add("partition " + partition + ": " + note);
          }
        }
        print(tree, table);
        if (!bad.isEmpty()) {
          console.say(
              "almadia: "
                  + topic
                  + ": "
                  + bad.size()
                  + " of "
                  + wanted.size()
                  + " partitions are not equal on all replicas; "
                  + bad.get(0));
        }
        return bad.isEmpty() ? ExitCode.OK : ExitCode.UNHEALTHY;
      }
    }

    private void print(JsonArray tree, Table table) {
      if (global.format() == GlobalOptions.Format.jsonl) {
        for (JsonElement item : tree) {
          console.out().println(Json.compact(item));
        }
      } else {
        new Output(console, global).tree(tree, table);
      }
    }
  }

  private static JsonObject item(String topic, int partition, VerifyPartitionResponse answer) {
    JsonObject item = new JsonObject();
    item.addProperty("topic", topic);
    item.addProperty("partition", partition);
    Json.of(answer).getAsJsonObject().entrySet().forEach(e -> item.add(e.getKey(), e.getValue()));
    return item;
  }

  private static List<Integer> upTo(int count) {
    List<Integer> numbers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      numbers.add(i);
    }
    return numbers;
  }

  /** What is wrong with a partition; empty if nothing. */
  static String note(VerifyPartitionResponse answer) {
    if (answer.getEqual()) {
      return "";
    }
    List<String> failed = new ArrayList<>();
    for (ReplicaDigest replica : answer.getReplicasList()) {
      if (replica.hasFailure()) {
        failed.add(
            "broker "
                + replica.getBrokerId()
                + " could not be read: "
                + Errors.oneLine(replica.getFailure().getMessage()));
      }
    }
    if (answer.getFirstDifferenceIndex() > 0) {
      failed.add(
          "first difference at index "
              + answer.getFirstDifferenceIndex()
              + ", offset "
              + answer.getFirstDifferenceOffset());
    }
    return failed.isEmpty() ? "replicas differ" : String.join("; ", failed);
  }

  private static String digests(VerifyPartitionResponse answer) {
    List<String> digests = new ArrayList<>();
    for (ReplicaDigest replica : answer.getReplicasList()) {
      String digest = replica.getDigest();
      digests.add(replica.getBrokerId() + ":" + digest.substring(0, Math.min(8, digest.length())));
    }
    return String.join(" ", digests);
  }

  static Table table(List<Partition> partitions) {
    Table table =
        new Table(
            "TOPIC",
            "PARTITION",
            "LEADER",
            "TERM",
            "REPLICAS",
            "LOG START",
            "HIGH WATERMARK",
            "LAG");
    for (Partition partition : partitions) {
      List<String> replicas = new ArrayList<>();
      long lag = 0;
      for (ReplicaState replica : partition.getReplicasList()) {
        replicas.add(shortState(replica));
        lag = Math.max(lag, replica.getLagEntries());
      }
      table.row(
          partition.getTopic(),
          partition.getPartition(),
          partition.getLeaderBrokerId() == 0 ? "none" : partition.getLeaderBrokerId(),
          partition.getTerm(),
          String.join(" ", replicas),
          partition.getLogStartOffset(),
          partition.getHighWatermark(),
          lag);
    }
    return table;
  }

  /** Broker and role in few letters. */
  static String shortState(ReplicaState replica) {
    return replica.getBrokerId() + letter(replica);
  }

  private static String letter(ReplicaState replica) {
    if (!replica.getReachable()) {
      return "?";
    }
    return switch (replica.getRole()) {
      case REPLICA_ROLE_LEADER -> "L";
      case REPLICA_ROLE_FOLLOWER -> "f";
      case REPLICA_ROLE_CANDIDATE -> "c";
      case REPLICA_ROLE_LEARNER -> "l";
      case REPLICA_ROLE_UNSPECIFIED, UNRECOGNIZED -> "?";
    };
  }

  private static String role(ReplicaState replica) {
    return replica.getRole().name().replaceFirst("REPLICA_ROLE_", "").toLowerCase(Locale.ROOT);
  }
}
