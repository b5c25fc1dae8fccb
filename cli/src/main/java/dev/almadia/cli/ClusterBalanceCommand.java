// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import dev.almadia.client.Admin;
import dev.almadia.client.AlmadiaClient;
import dev.almadia.v1.Balancing;
import dev.almadia.v1.BrokerLoad;
import dev.almadia.v1.RebalanceRequest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Commands about balance. */
@Command(
    name = "balance",
    description = {
      "Say how evenly replicas and leaders are spread, and even them out.",
      "Leaders go back to the brokers that are meant to lead by themselves, unless that is paused."
    },
    footerHeading = "Examples:%n",
    footer = {
      "  almadia cluster balance status",
      "  almadia cluster balance run --dry-run",
      "  almadia cluster balance pause",
      ""
    },
    commandListHeading = "%nCommands:%n",
    subcommands = {
      ClusterBalanceCommand.Status.class,
      ClusterBalanceCommand.Pause.class,
      ClusterBalanceCommand.Resume.class,
      ClusterBalanceCommand.Run.class
    })
@SuppressWarnings("unused") // Read by picocli.
final class ClusterBalanceCommand {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help")
  private boolean help;

  private static void show(Console console, GlobalOptions global, Balancing balancing) {
    new Output(console, global).tree(Json.of(balancing), () -> text(balancing));
  }

  private static String text(Balancing balancing) {
    Table loads = new Table("BROKER", "REPLICAS", "LEADERS", "MEANT TO LEAD");
    for (BrokerLoad load : balancing.getBrokersList()) {
      loads.row(
          load.getBrokerId(), load.getReplicas(), load.getLeaders(), load.getPreferredLeaders());
    }
    return new Table("LEADER BALANCING", "LEADERS MISPLACED")
            .row(balancing.getLeaderBalancing() ? "on" : "paused", balancing.getMisplacedLeaders())
            .render()
        + "\n"
        + loads.render();
  }

  private static int turn(Console console, GlobalOptions global, PlanOptions planned, boolean on) {
    try (AlmadiaClient client = global.connect()) {
      Balancing now = client.admin().balancing();
      String state = on ? "on" : "paused";
      console.say(
          "plan: leader balancing "
              + state
              + "; it is "
              + (now.getLeaderBalancing() ? "on" : "paused"));
      boolean changes = now.getLeaderBalancing() != on;
      if (changes && !planned.dryRun) {
        now = client.admin().setLeaderBalancing(on);
      }
      show(console, global, now);
      if (planned.dryRun) {
        console.say("dry run: nothing was changed");
      } else if (!changes) {
        console.say("nothing to do: it is " + state + " already");
      }
      return ExitCode.OK;
    }
  }

  /** Describes it. */
  @Command(
      name = "status",
      description = "Say what each broker carries, and whether leaders are balanced.",
      footerHeading = "Examples:%n",
      footer = {"  almadia cluster balance status", ""})
  @SuppressWarnings("NullAway.Init") // Filled in by picocli.
  static final class Status implements Callable<Integer> {
    private final Console console;
    @Mixin private GlobalOptions global;

    Status(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() {
      try (AlmadiaClient client = global.connect()) {
        show(console, global, client.admin().balancing());
        return ExitCode.OK;
      }
    }
  }

  /** Pauses it. */
  @Command(
      name = "pause",
      description = "Stop moving leaders in the background, until 'resume'.",
      footerHeading = "Examples:%n",
      footer = {"  almadia cluster balance pause", ""})
  @SuppressWarnings("NullAway.Init") // Filled in by picocli.
  static final class Pause implements Callable<Integer> {
    private final Console console;
    @Mixin private GlobalOptions global;
    @Mixin private PlanOptions planned;

    Pause(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() {
      return turn(console, global, planned, false);
    }
  }

  /** Resumes it. */
  @Command(
      name = "resume",
      description = "Move leaders back to the brokers that are meant to lead, in the background.",
      footerHeading = "Examples:%n",
      footer = {"  almadia cluster balance resume", ""})
  @SuppressWarnings("NullAway.Init") // Filled in by picocli.
  static final class Resume implements Callable<Integer> {
    private final Console console;
    @Mixin private GlobalOptions global;
    @Mixin private PlanOptions planned;

    Resume(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() {
      return turn(console, global, planned, true);
    }
  }

  /** Moves replicas. */
  @Command(
      name = "run",
      description = "Even out replicas over brokers and zones, by moving as few as it takes.",
      footerHeading = "Examples:%n",
      footer = {
        "  almadia cluster balance run --dry-run",
        "  almadia cluster balance run --throttle 50MiB --wait",
        ""
      })
  @SuppressWarnings("NullAway.Init") // Filled in by picocli.
  static final class Run implements Callable<Integer> {
    private final Console console;
    @Mixin private GlobalOptions global;
    @Mixin private PlanOptions planned;
    @Mixin private WaitOptions waiting;

    Run(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() {
      RebalanceRequest request =
          RebalanceRequest.newBuilder()
              .setThrottleBytesPerSecond(waiting.throttleBytesPerSecond)
              .build();
      try (AlmadiaClient client = global.connect()) {
        Admin admin = client.admin();
        return new OperationOrder(console, global, planned, waiting)
            .run(
                admin,
                new OperationOrder.Order(
                    "even out replicas",
                    () -> admin.rebalance(request.toBuilder().setValidateOnly(true).build()),
                    plan -> admin.rebalance(request),
                    true,
                    null));
      }
    }
  }
}
