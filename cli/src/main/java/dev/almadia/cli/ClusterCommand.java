// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import dev.almadia.client.AlmadiaClient;
import dev.almadia.client.AlmadiaException;
import dev.almadia.v1.GetClusterHealthResponse;
import dev.almadia.v1.GetClusterResponse;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Commands about the cluster. */
@Command(
    name = "cluster",
    description = "Describe the cluster, say whether all is well, watch and balance it.",
    footerHeading = "Examples:%n",
    footer = {
      "  almadia cluster info",
      "  almadia cluster health --wait --timeout 60s",
      "  almadia cluster watch",
      ""
    },
    commandListHeading = "%nCommands:%n",
    subcommands = {
      ClusterCommand.Info.class,
      ClusterCommand.Health.class,
      ClusterWatchCommand.class,
      ClusterBalanceCommand.class
    })
@SuppressWarnings("unused") // Read by picocli.
final class ClusterCommand {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help")
  private boolean help;

  /** Describes it. */
  @Command(
      name = "info",
      description = "Describe the cluster: identity, metadata leader, brokers, size.",
      footerHeading = "Examples:%n",
      footer = {"  almadia cluster info", "  almadia cluster info -o yaml", ""})
  @SuppressWarnings("NullAway.Init") // Filled in by picocli.
  static final class Info implements Callable<Integer> {
    private final Console console;
    @Mixin private GlobalOptions global;

    Info(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() {
      try (AlmadiaClient client = global.connect()) {
        GetClusterResponse cluster = client.admin().cluster();
        long reachable = cluster.getBrokersList().stream().filter(b -> b.getReachable()).count();
        Table table =
            new Table("CLUSTER", "METADATA LEADER", "TERM", "BROKERS", "TOPICS", "PARTITIONS")
                .row(
                    cluster.getClusterId(),
                    cluster.getMetadataLeaderBrokerId() == 0
                        ? "none"
                        : "broker " + cluster.getMetadataLeaderBrokerId(),
                    cluster.getMetadataTerm(),
                    reachable + " of " + cluster.getBrokersCount() + " reachable",
                    cluster.getTopics(),
                    cluster.getPartitions());
        new Output(console, global).one(cluster, table);
        return ExitCode.OK;
      }
    }
  }

  /** Says whether all is well. */
  @Command(
      name = "health",
      description = {
        "Say whether all is well, and if not, what is wrong and what to do.",
        "Exit code 0 if healthy, 10 if not, 6 if no broker answers."
      },
      footerHeading = "Examples:%n",
      footer = {
        "  almadia cluster health",
        "  almadia cluster health --wait --timeout 60s && ./start-my-service",
        ""
      })
  @SuppressWarnings("NullAway.Init") // Filled in by picocli.
  static final class Health implements Callable<Integer> {
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration WAIT_DEFAULT = Duration.ofSeconds(60);
    private static final long PAUSE_MS = 200;

    private final Console console;
    @Mixin private GlobalOptions global;

    @Option(
        names = "--wait",
        description = "Wait until healthy, at most --timeout (then default 60s)")
    private boolean wait;

    Health(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() throws InterruptedException {
      Duration limit = global.timeoutOr(wait ? WAIT_DEFAULT : Duration.ofSeconds(5));
      Duration perCall = wait && limit.compareTo(CALL_TIMEOUT) > 0 ? CALL_TIMEOUT : limit;
      long endNanos = System.nanoTime() + limit.toNanos();
      try (AlmadiaClient client = global.connect(perCall)) {
        while (true) {
          GetClusterHealthResponse health = null;
          AlmadiaException failure = null;
          try {
            health = client.admin().health();
          } catch (AlmadiaException e) {
            failure = e;
          }
          boolean again =
              wait
                  && System.nanoTime() < endNanos
                  && (health == null ? isWorthWaiting(failure) : !health.getHealthy());
          if (!again) {
            return report(health, failure);
          }
          TimeUnit.MILLISECONDS.sleep(PAUSE_MS);
        }
      }
    }

    private static boolean isWorthWaiting(@Nullable AlmadiaException failure) {
      return failure != null && Errors.isUnavailable(failure);
    }

    private int report(
        @Nullable GetClusterHealthResponse health, @Nullable AlmadiaException failure) {
      if (health == null) {
        throw failure == null ? new IllegalStateException("no answer") : failure;
      }
      Table table = DoctorReport.findingsTable(health.getFindingsList());
      if (health.getHealthy()) {
        table = new Table("HEALTH").row("healthy");
      }
      new Output(console, global).one(health, table);
      if (!health.getHealthy()) {
        console.say(
            "almadia: the cluster is not healthy: "
                + health.getFindingsCount()
                + " findings; see: almadia explain CODE");
      }
      return health.getHealthy() ? ExitCode.OK : ExitCode.UNHEALTHY;
    }
  }
}
