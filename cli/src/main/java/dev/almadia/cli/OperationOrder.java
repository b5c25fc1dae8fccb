// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import dev.almadia.client.Admin;
import dev.almadia.v1.Operation;
import dev.almadia.v1.OperationResponse;
import dev.almadia.v1.ReplicaMove;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The way of every order that begins an operation: plan, confirmation, order, wait. One use. */
final class OperationOrder {
  private static final int ROWS_MAX = 50;

  private final Console console;
  private final GlobalOptions global;
  private final PlanOptions planned;
  private final WaitOptions waiting;

  OperationOrder(Console console, GlobalOptions global, PlanOptions planned, WaitOptions waiting) {
    this.console = console;
    this.global = global;
    this.planned = planned;
    this.waiting = waiting;
  }

  /**
   * An order.
   *
   * @param title what will be done, for people
   * @param plan asks for the plan; changes nothing
   * @param begin gives the order, made from the plan
   * @param needsMoves if the plan moves nothing, there is nothing to do
   * @param confirm called with the plan before the order if it destroys something; may throw
   */
  record Order(
      String title,
      Supplier<OperationResponse> plan,
      Function<OperationResponse, OperationResponse> begin,
      boolean needsMoves,
      @Nullable Runnable confirm) {}

  /** Carries it out and gives the exit code. */
  int run(Admin admin, Order order) {
    // Found wrong before anything is done.
    boolean isWaiting = waiting.isWanted(console);
    boolean isTable = global.format() == GlobalOptions.Format.table;
    OperationResponse plan = order.plan().get();
    if (isTable) {
      show(order.title(), plan);
    }
    if (planned.dryRun) {
      if (!isTable) {
        new Output(console, global).one(plan, new Table());
      }
      console.say("dry run: nothing was changed");
      return ExitCode.OK;
    }
    if (order.needsMoves() && plan.getPlanCount() == 0) {
      if (!isTable) {
        new Output(console, global).one(plan, new Table());
      }
      console.say("nothing to do: all replicas are where they should be");
      return ExitCode.OK;
    }
    if (order.confirm() != null) {
      order.confirm().run();
    }
    OperationResponse begun = order.begin().apply(plan);
    return isWaiting ? await(admin, begun, isTable) : leave(begun, isTable);
  }

  private int leave(OperationResponse begun, boolean isTable) {
    if (!isTable) {
      new Output(console, global).one(begun, new Table());
    }
    Operation operation = begun.getOperation();
    console.say(
        operation.getName()
            + " ("
            + OperationView.title(operation)
            + ") has begun; "
            + OperationWait.follow(operation));
    return ExitCode.OK;
  }

  private int await(Admin admin, OperationResponse begun, boolean isTable) {
    Operation ended =
        new OperationWait(console, global).await(admin, begun.getOperation(), waiting.atMost());
    if (!isTable) {
      new Output(console, global).one(begun.toBuilder().setOperation(ended).build(), new Table());
    }
    return OperationView.exitCode(ended);
  }

  private void show(String title, OperationResponse plan) {
    List<ReplicaMove> moves = plan.getPlanList();
    if (!moves.isEmpty()) {
      int shown = Math.min(moves.size(), ROWS_MAX);
      console.out().print(OperationView.plan(moves.subList(0, shown)).render());
      boolean unused = console.flush();
      if (shown < moves.size()) {
        console.say("… and " + (moves.size() - shown) + " more; all of them with -o json");
      }
    }
    Operation operation = plan.getOperation();
    long bytes = moves.stream().mapToLong(ReplicaMove::getBytes).sum();
    StringBuilder line = new StringBuilder("plan: ").append(title);
    if (!moves.isEmpty()) {
      line.append(", ").append(Units.count(moves.size())).append(" partitions to move");
    }
    if (bytes > 0) {
      line.append(", about ").append(Units.bytes(bytes)).append(" to copy");
    }
    console.say(line.toString());
    OperationView.byCode(operation.getBlockersList())
        .forEach((code, blockers) -> console.say(OperationView.line(code, blockers)));
  }
}
