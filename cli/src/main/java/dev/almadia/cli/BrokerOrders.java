// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import dev.almadia.client.Admin;
import dev.almadia.client.AlmadiaClient;
import dev.almadia.v1.Broker;
import dev.almadia.v1.BrokerState;
import dev.almadia.v1.DecommissionBrokerRequest;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.IntFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Commands that say what a broker is to do. */
final class BrokerOrders {
  private BrokerOrders() {}

  /** Drains one. */
  @Command(
      name = "drain",
      description = {
        "Move all leaders off a broker and keep them off, so that it can be stopped without anybody"
            + " noticing. It keeps its replicas.",
        "Exit code 0 when it leads nothing any more; 'undrain' lets it lead again."
      },
      footerHeading = "Examples:%n",
      footer = {
        "  almadia brokers drain 2 --wait",
        "  almadia brokers drain 2 --wait-at-most 2m || almadia brokers undrain 2",
        ""
      })
  @SuppressWarnings("NullAway.Init") // Filled in by picocli.
  static final class Drain implements Callable<Integer> {
    private final Console console;
    @Mixin private GlobalOptions global;
    @Mixin private PlanOptions planned;
    @Mixin private WaitOptions waiting;

    @Parameters(paramLabel = "BROKER", description = "Its id")
    private int brokerId;

    Drain(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() {
      try (AlmadiaClient client = global.connect()) {
        Admin admin = client.admin();
        int leads = BrokersCommand.find(admin, brokerId).getLeaders();
        int exitCode =
            new OperationOrder(console, global, planned, waiting)
                .run(
                    admin,
                    new OperationOrder.Order(
                        "drain broker " + brokerId + ", which leads " + leads + " partitions",
                        () -> admin.drainBroker(brokerId, true),
                        plan -> admin.drainBroker(brokerId, false),
                        false,
                        null));
        if (exitCode == ExitCode.OK && !planned.dryRun) {
          console.say("to let it lead again: almadia brokers undrain " + brokerId);
        }
        return exitCode;
      }
    }
  }

  /** Decommissions one. */
  @Command(
      name = "decommission",
      description = {
        "Move everything off a broker and forget it. Then it can be stopped and its disk be wiped.",
        "'recommission' keeps it, as long as this has not ended."
      },
      footerHeading = "Examples:%n",
      footer = {
        "  almadia brokers decommission 5 --dry-run",
        "  almadia brokers decommission 5 --yes --throttle 50MiB",
        "  almadia brokers decommission 5 --yes --no-wait && almadia operations list --running",
        ""
      })
  @SuppressWarnings("NullAway.Init") // Filled in by picocli.
  static final class Decommission implements Callable<Integer> {
    private final Console console;
    @Mixin private GlobalOptions global;
    @Mixin private PlanOptions planned;
    @Mixin private WaitOptions waiting;

    @Parameters(paramLabel = "BROKER", description = "Its id")
    private int brokerId;

    @Option(names = "--yes", description = "Do not ask")
    private boolean yes;

    Decommission(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() {
      DecommissionBrokerRequest request =
          DecommissionBrokerRequest.newBuilder()
              .setBrokerId(brokerId)
              .setThrottleBytesPerSecond(waiting.throttleBytesPerSecond)
              .build();
      try (AlmadiaClient client = global.connect()) {
        Admin admin = client.admin();
        return new OperationOrder(console, global, planned, waiting)
            .run(
                admin,
                new OperationOrder.Order(
                    "decommission broker " + brokerId,
                    () ->
                        admin.decommissionBroker(request.toBuilder().setValidateOnly(true).build()),
                    plan -> admin.decommissionBroker(request),
                    false,
                    this::confirm));
      }
    }

    private void confirm() {
      if (!yes) {
        Confirmation.ask(
            console,
            "This moves everything off broker " + brokerId + " and forgets it.",
            String.valueOf(brokerId),
            "decommissioning broker " + brokerId + " needs --yes");
      }
    }
  }

  /** Ends a drain. */
  @Command(
      name = "undrain",
      description = "Let a drained broker lead again.",
      footerHeading = "Examples:%n",
      footer = {"  almadia brokers undrain 2", ""})
  @SuppressWarnings("NullAway.Init") // Filled in by picocli.
  static final class Undrain implements Callable<Integer> {
    private final Console console;
    @Mixin private GlobalOptions global;
    @Mixin private PlanOptions planned;

    @Parameters(paramLabel = "BROKER", description = "Its id")
    private int brokerId;

    Undrain(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() {
      try (AlmadiaClient client = global.connect()) {
        Admin admin = client.admin();
        return activate(
            new Activation(console, global, planned, "undrain", admin::undrainBroker),
            BrokersCommand.find(admin, brokerId));
      }
    }
  }

  /** Ends a decommission. */
  @Command(
      name = "recommission",
      description =
          "Keep a broker that was to be decommissioned; what has moved stays where it is.",
      footerHeading = "Examples:%n",
      footer = {"  almadia brokers recommission 5", ""})
  @SuppressWarnings("NullAway.Init") // Filled in by picocli.
  static final class Recommission implements Callable<Integer> {
    private final Console console;
    @Mixin private GlobalOptions global;
    @Mixin private PlanOptions planned;

    @Parameters(paramLabel = "BROKER", description = "Its id")
    private int brokerId;

    Recommission(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() {
      try (AlmadiaClient client = global.connect()) {
        Admin admin = client.admin();
        return activate(
            new Activation(console, global, planned, "recommission", admin::recommissionBroker),
            BrokersCommand.find(admin, brokerId));
      }
    }
  }

  private record Activation(
      Console console,
      GlobalOptions global,
      PlanOptions planned,
      String verb,
      IntFunction<Broker> order) {}

  private static int activate(Activation activation, Broker before) {
    int id = before.getBrokerId();
    Console console = activation.console();
    console.say(
        "plan: "
            + activation.verb()
            + " broker "
            + id
            + ", which is "
            + BrokersCommand.state(before.getState()));
    boolean dryRun = activation.planned().dryRun;
    boolean isActive = before.getState() == BrokerState.BROKER_STATE_ACTIVE;
    Broker after = dryRun || isActive ? before : activation.order().apply(id);
    new Output(console, activation.global()).one(after, BrokersCommand.table(List.of(after)));
    if (dryRun) {
      console.say("dry run: nothing was changed");
    } else if (isActive) {
      console.say("nothing to do: it is active already");
    }
    return ExitCode.OK;
  }
}
