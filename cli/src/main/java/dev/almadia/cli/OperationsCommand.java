// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import dev.almadia.client.AlmadiaClient;
import dev.almadia.v1.ListOperationsResponse;
import dev.almadia.v1.Operation;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Commands about operations. */
@Command(
    name = "operations",
    description = {
      "Follow and end long work, such as a drain, a decommission or a move.",
      "Operations live in the cluster: they go on when this command ends and when brokers fail."
    },
    footerHeading = "Examples:%n",
    footer = {
      "  almadia operations list --running",
      "  almadia operations wait operations/1234",
      "  almadia operations cancel 1234",
      ""
    },
    commandListHeading = "%nCommands:%n",
    subcommands = {
      OperationsCommand.ListOperations.class,
      OperationsCommand.Describe.class,
      OperationsCommand.Wait.class,
      OperationsCommand.Cancel.class
    })
@SuppressWarnings("unused") // Read by picocli.
final class OperationsCommand {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help")
  private boolean help;

  /** Accepts {@code operations/1234} and {@code 1234}. */
  private static String name(String text) {
    return text.matches("[0-9]{1,19}") ? "operations/" + text : text;
  }

  /** Lists them. */
  @Command(
      name = "list",
      description = "List operations, the newest first, with what they wait for.",
      footerHeading = "Examples:%n",
      footer = {"  almadia operations list", "  almadia operations list --running -o jsonl", ""})
  @SuppressWarnings("NullAway.Init") // Filled in by picocli.
  static final class ListOperations implements Callable<Integer> {
    private final Console console;
    @Mixin private GlobalOptions global;

    @Option(names = "--running", description = "Only those that have not ended")
    private boolean running;

    ListOperations(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() {
      try (AlmadiaClient client = global.connect()) {
        List<Operation> operations = client.admin().listOperations(running);
        new Output(console, global)
            .list(
                ListOperationsResponse.newBuilder().addAllOperations(operations).build(),
                operations,
                OperationView.list(operations));
        return ExitCode.OK;
      }
    }
  }

  /** Describes one. */
  @Command(
      name = "describe",
      description = "Describe an operation: how far it is, and all that it waits for.",
      footerHeading = "Examples:%n",
      footer = {"  almadia operations describe operations/1234", ""})
  @SuppressWarnings("NullAway.Init") // Filled in by picocli.
  static final class Describe implements Callable<Integer> {
    private final Console console;
    @Mixin private GlobalOptions global;

    @Parameters(paramLabel = "OPERATION", description = "Its name, such as operations/1234")
    private String operation;

    Describe(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() {
      try (AlmadiaClient client = global.connect()) {
        Operation found = client.admin().getOperation(name(operation));
        new Output(console, global).tree(Json.of(found), () -> OperationView.describe(found));
        return ExitCode.OK;
      }
    }
  }

  /** Waits for one. */
  @Command(
      name = "wait",
      description = {
        "Wait until an operation has ended; progress and obstacles are shown.",
        "Exit code 0 if it is done, 1 if it failed, 4 if it was cancelled, 7 if it still runs."
      },
      footerHeading = "Examples:%n",
      footer = {
        "  almadia operations wait operations/1234",
        "  almadia operations wait 1234 --at-most 10m",
        ""
      })
  @SuppressWarnings("NullAway.Init") // Filled in by picocli.
  static final class Wait implements Callable<Integer> {
    private final Console console;
    @Mixin private GlobalOptions global;

    @Parameters(paramLabel = "OPERATION", description = "Its name, such as operations/1234")
    private String operation;

    @Option(
        names = "--at-most",
        paramLabel = "TIME",
        converter = Units.TimeConverter.class,
        description = "Longest wait, such as 10m (default: until it ends)")
    private Duration atMost = Duration.ofDays(365);

    Wait(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() {
      try (AlmadiaClient client = global.connect()) {
        Operation found = client.admin().getOperation(name(operation));
        Operation ended = new OperationWait(console, global).await(client.admin(), found, atMost);
        if (global.format() != GlobalOptions.Format.table) {
          new Output(console, global).one(ended, new Table());
        }
        return OperationView.exitCode(ended);
      }
    }
  }

  /** Ends one. */
  @Command(
      name = "cancel",
      description = {
        "End an operation: what has not moved yet stays where it was.",
        "A cancelled drain or decommission leaves its broker as undrain or recommission would."
      },
      footerHeading = "Examples:%n",
      footer = {
        "  almadia operations cancel operations/1234 --dry-run",
        "  almadia operations cancel operations/1234",
        ""
      })
  @SuppressWarnings("NullAway.Init") // Filled in by picocli.
  static final class Cancel implements Callable<Integer> {
    private final Console console;
    @Mixin private GlobalOptions global;
    @Mixin private PlanOptions planned;

    @Parameters(paramLabel = "OPERATION", description = "Its name, such as operations/1234")
    private String operation;

    Cancel(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() {
      try (AlmadiaClient client = global.connect()) {
        Operation found = client.admin().getOperation(name(operation));
        String what = found.getName() + " (" + OperationView.title(found) + ")";
        if (!OperationView.isRunning(found)) {
          throw new CliException(
              ExitCode.PRECONDITION,
              what + " is " + OperationView.state(found) + " already; nothing to cancel");
        }
        console.say(
            "plan: cancel "
                + what
                + "; "
                + OperationView.done(found)
                + " "
                + OperationView.unit(found)
                + " are done and stay so");
        if (!planned.dryRun) {
          found = client.admin().cancelOperation(found.getName());
        }
        new Output(console, global).one(found, OperationView.list(List.of(found)));
      }
      console.say(planned.dryRun ? "dry run: nothing was changed" : "cancelled");
      return ExitCode.OK;
    }
  }
}
