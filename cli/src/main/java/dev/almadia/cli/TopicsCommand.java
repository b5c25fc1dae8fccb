// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import com.google.protobuf.FieldMask;
import com.google.protobuf.util.Timestamps;
import dev.almadia.client.AlmadiaClient;
import dev.almadia.v1.CreateTopicRequest;
import dev.almadia.v1.DeleteTopicRequest;
import dev.almadia.v1.ListTopicsResponse;
import dev.almadia.v1.Topic;
import dev.almadia.v1.UpdateTopicRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Commands about topics. */
@Command(
    name = "topics",
    description = "Create, list, change and delete topics.",
    footerHeading = "Examples:%n",
    footer = {
      "  almadia topics create orders --partitions 6 --replication-factor 3",
      "  almadia topics list",
      "  almadia topics delete orders --yes",
      ""
    },
    commandListHeading = "%nCommands:%n",
    subcommands = {
      TopicsCommand.ListTopics.class,
      TopicsCommand.Create.class,
      TopicsCommand.Describe.class,
      TopicsCommand.Alter.class,
      TopicsCommand.Delete.class
    })
@SuppressWarnings("unused") // Read by picocli.
final class TopicsCommand {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help")
  private boolean help;

  /** Lists topics. */
  @Command(
      name = "list",
      description = "List topics by name.",
      footerHeading = "Examples:%n",
      footer = {"  almadia topics list", "  almadia topics list --filter order -o json", ""})
  @SuppressWarnings("NullAway.Init") // Filled in by picocli.
  static final class ListTopics implements Callable<Integer> {
    private final Console console;
    @Mixin private GlobalOptions global;

    @Option(names = "--filter", paramLabel = "TEXT", description = "Only names that contain this")
    private String filter = "";

    ListTopics(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() {
      try (AlmadiaClient client = global.connect()) {
        List<Topic> topics = client.admin().listTopics(filter);
        new Output(console, global)
            .list(
                ListTopicsResponse.newBuilder().addAllTopics(topics).build(),
                topics,
                table(topics));
        return ExitCode.OK;
      }
    }
  }

  /** Creates a topic. */
  @Command(
      name = "create",
      description = "Create a topic.",
      footerHeading = "Examples:%n",
      footer = {
        "  almadia topics create orders --partitions 6 --replication-factor 3",
        "  almadia topics create clicks --partitions 12 --config durability=buffered",
        "  almadia topics create orders --partitions 6 --validate-only",
        ""
      })
  @SuppressWarnings("NullAway.Init") // Filled in by picocli.
  static final class Create implements Callable<Integer> {
    private final Console console;
    @Mixin private GlobalOptions global;

    @Parameters(paramLabel = "TOPIC", description = "Name of the topic")
    private String topic;

    @Option(names = "--partitions", paramLabel = "N", description = "Default 1")
    private int partitions = 1;

    @Option(
        names = "--replication-factor",
        paramLabel = "N",
        description = "Replicas of each partition (default: 3, or the brokers if fewer)")
    private int replicationFactor;

    @Option(
        names = "--config",
        paramLabel = "KEY=VALUE",
        description =
            "durability=synced|buffered, max.batch.bytes=SIZE,"
                + " compression=any|none|gzip|lz4|zstd, dedup.window=TIME|off")
    private Map<String, String> config = new LinkedHashMap<>();

    @Option(names = "--label", paramLabel = "KEY=VALUE", description = "A free label")
    private Map<String, String> labels = new LinkedHashMap<>();

    @Option(
        names = {"--dry-run", "--validate-only"},
        description = "Only check, create nothing")
    private boolean validateOnly;

    Create(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() {
      CreateTopicRequest request =
          CreateTopicRequest.newBuilder()
              .setTopic(
                  Topic.newBuilder()
                      .setTopic(topic)
                      .setPartitions(partitions)
                      .setReplicationFactor(replicationFactor)
                      .setConfig(TopicConfigs.parse(config))
                      .putAllLabels(labels))
              .setValidateOnly(validateOnly)
              .build();
      try (AlmadiaClient client = global.connect()) {
        Topic created = client.admin().createTopic(request);
        new Output(console, global).one(created, table(List.of(created)));
      }
      console.say(
          validateOnly
              ? "valid; nothing was created"
              : "created; next: echo hello | almadia produce " + topic);
      return ExitCode.OK;
    }
  }

  /** Describes a topic. */
  @Command(
      name = "describe",
      description = "Describe a topic with its settings.",
      footerHeading = "Examples:%n",
      footer = {"  almadia topics describe orders", "  almadia topics describe orders -o yaml", ""})
  @SuppressWarnings("NullAway.Init") // Filled in by picocli.
  static final class Describe implements Callable<Integer> {
    private final Console console;
    @Mixin private GlobalOptions global;

    @Parameters(paramLabel = "TOPIC", description = "Name of the topic")
    private String topic;

    Describe(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() {
      try (AlmadiaClient client = global.connect()) {
        Topic found = client.admin().getTopic(topic);
        Table table =
            new Table("FIELD", "VALUE")
                .row("topic", found.getTopic())
                .row("partitions", found.getPartitions())
                .row("replication factor", found.getReplicationFactor());
        TopicConfigs.show(found.getConfig()).forEach(table::row);
        new TreeMap<>(found.getLabelsMap())
            .forEach((key, value) -> table.row("label " + key, value));
        table
            .row("created", Timestamps.toString(found.getCreateTime()))
            .row("topic id", found.getTopicId())
            .row("etag", found.getEtag());
        new Output(console, global).one(found, table);
        return ExitCode.OK;
      }
    }
  }

  /** Changes a topic. */
  @Command(
      name = "alter",
      description = "Change settings or labels of a topic.",
      footerHeading = "Examples:%n",
      footer = {
        "  almadia topics alter orders --config max.batch.bytes=2MiB",
        "  almadia topics alter orders --label team=shop --remove-label old",
        "  almadia topics alter orders --replication-factor 3 --dry-run",
        ""
      })
  @SuppressWarnings("NullAway.Init") // Filled in by picocli.
  static final class Alter implements Callable<Integer> {
    private final Console console;
    @Mixin private GlobalOptions global;

    @Parameters(paramLabel = "TOPIC", description = "Name of the topic")
    private String topic;

    @Option(
        names = "--config",
        paramLabel = "KEY=VALUE",
        description =
            "durability=synced|buffered, max.batch.bytes=SIZE,"
                + " compression=any|none|gzip|lz4|zstd, dedup.window=TIME|off")
    private Map<String, String> config = new LinkedHashMap<>();

    @Option(names = "--label", paramLabel = "KEY=VALUE", description = "Set a label")
    private Map<String, String> labels = new LinkedHashMap<>();

    @Option(names = "--remove-label", paramLabel = "KEY", description = "Remove a label")
    private List<String> removeLabels = new ArrayList<>();

    @Option(
        names = "--replication-factor",
        paramLabel = "N",
        description = "Change how many replicas each partition has; copies or removes data")
    private @Nullable Integer replicationFactor;

    @Option(names = "--yes", description = "Do not ask before replicas are removed")
    private boolean yes;

    @Mixin private WaitOptions waiting;

    @Option(
        names = {"--dry-run", "--validate-only"},
        description = "Only check and print the plan, change nothing")
    private boolean validateOnly;

    Alter(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() {
      boolean isPlain = config.isEmpty() && labels.isEmpty() && removeLabels.isEmpty();
      if (replicationFactor != null) {
        if (!isPlain) {
          throw CliException.usage(
              "--replication-factor is a command of its own; change settings and labels before or"
                  + " after it");
        }
        return new ReplicationChange(console, global, waiting, topic, replicationFactor)
            .run(validateOnly, yes);
      }
      if (isPlain) {
        throw CliException.usage(
            "nothing to change; give --config KEY=VALUE, --label KEY=VALUE, --remove-label KEY or"
                + " --replication-factor N");
      }
      Topic.Builder changed =
          Topic.newBuilder().setTopic(topic).setConfig(TopicConfigs.parse(config));
      FieldMask.Builder mask = FieldMask.newBuilder();
      config.keySet().forEach(key -> mask.addPaths(TopicConfigs.field(key)));
      UpdateTopicRequest.Builder request = UpdateTopicRequest.newBuilder();
      try (AlmadiaClient client = global.connect()) {
        if (!labels.isEmpty() || !removeLabels.isEmpty()) {
          // Labels are replaced as a whole, so only if nobody changed them in between.
          Topic now = client.admin().getTopic(topic);
          changed.putAllLabels(now.getLabelsMap()).putAllLabels(labels);
          removeLabels.forEach(changed::removeLabels);
          mask.addPaths("labels");
          request.setEtag(now.getEtag());
        }
        Topic updated =
            client
                .admin()
                .updateTopic(
                    request
                        .setTopic(changed)
                        .setUpdateMask(mask)
                        .setValidateOnly(validateOnly)
                        .build());
        new Output(console, global).one(updated, table(List.of(updated)));
      }
      console.say(validateOnly ? "valid; nothing was changed" : "changed");
      return ExitCode.OK;
    }
  }

  /** Deletes a topic. */
  @Command(
      name = "delete",
      description = "Delete a topic and all its records.",
      footerHeading = "Examples:%n",
      footer = {"  almadia topics delete orders --yes", ""})
  @SuppressWarnings("NullAway.Init") // Filled in by picocli.
  static final class Delete implements Callable<Integer> {
    private final Console console;
    @Mixin private GlobalOptions global;

    @Parameters(paramLabel = "TOPIC", description = "Name of the topic")
    private String topic;

    @Option(names = "--yes", description = "Do not ask")
    private boolean yes;

    @Option(
        names = {"--dry-run", "--validate-only"},
        description = "Only check, delete nothing")
    private boolean validateOnly;

    Delete(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() {
      try (AlmadiaClient client = global.connect()) {
        if (!yes && !validateOnly) {
          confirm(client);
        }
        client
            .admin()
            .deleteTopic(
                DeleteTopicRequest.newBuilder()
                    .setTopic(topic)
                    .setValidateOnly(validateOnly)
                    .build());
      }
      console.say(validateOnly ? "valid; nothing was deleted" : "deleted");
      return ExitCode.OK;
    }

    private void confirm(AlmadiaClient client) {
      String needs = "deleting topic '" + topic + "' and all its records needs --yes";
      if (!console.inIsTerminal()) {
        throw CliException.usage(needs);
      }
      Topic found = client.admin().getTopic(topic);
      Confirmation.ask(
          console,
          "This deletes topic '"
              + topic
              + "' with "
              + found.getPartitions()
              + " partitions and all records.",
          topic,
          needs);
    }
  }

  static Table table(List<Topic> topics) {
    Table table = new Table("TOPIC", "PARTITIONS", "REPLICATION", "DURABILITY", "LABELS");
    for (Topic topic : topics) {
      List<String> labels = new ArrayList<>();
      new TreeMap<>(topic.getLabelsMap()).forEach((key, value) -> labels.add(key + "=" + value));
      table.row(
          topic.getTopic(),
          topic.getPartitions(),
          topic.getReplicationFactor(),
          TopicConfigs.show(topic.getConfig().getDurability()),
          String.join(",", labels));
    }
    return table;
  }
}
