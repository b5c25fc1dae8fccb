// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import dev.almadia.client.Admin;
import dev.almadia.client.AlmadiaClient;
import dev.almadia.v1.Operation;
import dev.almadia.v1.RecoverPlan;
import dev.almadia.v1.UnsafeRecoverRequest;
import dev.almadia.v1.UnsafeRecoverResponse;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Gives up what a majority took with it. */
@Command(
    name = "unsafe-recover",
    description = {
      "LOSES DATA. Let the replicas that are left go on alone where a majority is lost for good.",
      "Only for brokers whose disks will never come back: one that comes back later is refused.",
      "First run it with --dry-run: it prints what each partition loses, and the text that"
          + " --confirm needs. If the cluster changes in between, that text no longer fits."
    },
    footerHeading = "Examples:%n",
    footer = {
      "  almadia partitions unsafe-recover --lost 2,3 --dry-run",
      "  almadia partitions unsafe-recover --lost 2,3 --confirm TEXT-OF-THE-DRY-RUN",
      ""
    })
@SuppressWarnings("NullAway.Init") // Filled in by picocli.
final class UnsafeRecoverCommand implements Callable<Integer> {
  private final Console console;
  @Mixin private GlobalOptions global;
  @Mixin private PlanOptions planned;
  @Mixin private WaitOptions waiting;

  @Option(
      names = "--lost",
      required = true,
      paramLabel = "BROKERS",
      description = "Brokers that are lost for good, such as 2,3")
  private String lost;

  @Option(
      names = "--confirm",
      paramLabel = "TEXT",
      description = "What the dry run gave; without it, it is asked for on a terminal")
  private @Nullable String confirm;

  UnsafeRecoverCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    List<Integer> brokers = PartitionName.brokers("--lost", lost);
    boolean isWaiting = waiting.isWanted(console);
    UnsafeRecoverRequest request =
        UnsafeRecoverRequest.newBuilder().addAllLostBrokerIds(brokers).build();
    try (AlmadiaClient client = global.connect()) {
      Admin admin = client.admin();
      UnsafeRecoverResponse plan =
          admin.unsafeRecover(request.toBuilder().setValidateOnly(true).build());
      boolean isTable = global.format() == GlobalOptions.Format.table;
      if (isTable || planned.dryRun) {
        new Output(console, global).one(plan, table(plan));
      }
      if (plan.getPartitionsCount() == 0) {
        console.say("nothing to do: no partition has lost its majority with brokers " + lost);
        return ExitCode.OK;
      }
      if (planned.dryRun) {
        console.say(
            "dry run: nothing was changed; to do it: almadia partitions unsafe-recover --lost "
                + lost
                + " --confirm "
                + plan.getConfirm());
        return ExitCode.OK;
      }
      String text = confirm == null ? asked(plan) : confirm;
      UnsafeRecoverResponse done =
          admin.unsafeRecover(request.toBuilder().setConfirm(text).build());
      return finish(admin, done, isWaiting);
    }
  }

  private String asked(UnsafeRecoverResponse plan) {
    Confirmation.ask(
        console,
        "This loses what stands above, for good, in " + plan.getPartitionsCount() + " partitions.",
        plan.getConfirm(),
        "recovery loses data, so it needs --confirm with the text that --dry-run gives");
    return plan.getConfirm();
  }

  private int finish(Admin admin, UnsafeRecoverResponse done, boolean isWaiting) {
    Operation operation = done.getOperation();
    int exitCode = ExitCode.OK;
    if (isWaiting) {
      operation = new OperationWait(console, global).await(admin, operation, waiting.atMost());
      exitCode = OperationView.exitCode(operation);
    } else {
      console.say(operation.getName() + " has begun; " + OperationWait.follow(operation));
    }
    if (global.format() != GlobalOptions.Format.table) {
      new Output(console, global)
          .one(done.toBuilder().setOperation(operation).build(), new Table());
    }
    return exitCode;
  }

  private static Table table(UnsafeRecoverResponse plan) {
    Table table = new Table("TOPIC", "PARTITION", "GOES ON AT", "KEPT UP TO OFFSET", "LOSS");
    for (RecoverPlan one : plan.getPartitionsList()) {
      boolean isMetadata = one.getTopic().isEmpty();
      table.row(
          isMetadata ? "(metadata)" : one.getTopic(),
          isMetadata ? "-" : one.getPartition(),
          one.getSurvivorBrokerId() == 0 ? "nowhere" : "broker " + one.getSurvivorBrokerId(),
          isMetadata ? "-" : one.getKeptEndOffset(),
          Errors.oneLine(one.getLoss()));
    }
    return table;
  }
}
