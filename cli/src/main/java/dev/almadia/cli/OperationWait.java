// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import dev.almadia.client.Admin;
import dev.almadia.v1.Blocker;
import dev.almadia.v1.Operation;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Waits for the end of an operation: progress, time left, and each kind of obstacle in one line
 * when it comes up. Ctrl-C leaves the operation running and says how to follow it. One thread.
 */
final class OperationWait {
  /** What goes away by itself is told only if it stays so long. */
  private static final long PATIENCE_NANOS = 10_000_000_000L;

  private final Console console;
  private final GlobalOptions global;
  private final long beganNanos = System.nanoTime();
  private final Set<String> told = new HashSet<>();
  private Operation latest = Operation.getDefaultInstance();

  OperationWait(Console console, GlobalOptions global) {
    this.console = console;
    this.global = global;
  }

  /** Waits, and tells how it ended. Still running if the time was over. */
  Operation await(Admin admin, Operation begun, Duration atMost) {
    latest = begun;
    Progress.Work work =
        new Progress.Work(
            OperationView.title(begun),
            begun.getTotal() > 0 ? begun.getTotal() : -1,
            OperationView.unit(begun),
            () -> latest.getDone(),
            () ->
                // The bar shows the total.
                console.errIsTerminal()
                    ? OperationView.more(latest).replaceFirst("^,", "")
                    : OperationView.progress(latest));
    ExitHook hint = new ExitHook("almadia-follow-hint", () -> console.say(leftRunning(begun)));
    try (Progress progress = new Progress(console, global.color, work)) {
      latest = admin.waitOperation(begun.getName(), atMost, now -> show(now, progress));
    } finally {
      hint.close();
    }
    tellEnd();
    return latest;
  }

  private void show(Operation now, Progress progress) {
    latest = now;
    Map<String, List<Blocker>> byCode = OperationView.byCode(now.getBlockersList());
    told.retainAll(byCode.keySet());
    boolean isLong = System.nanoTime() - beganNanos > PATIENCE_NANOS;
    byCode.forEach(
        (code, blockers) -> {
          if ((isLong || OperationView.needsHelp(blockers.get(0))) && told.add(code)) {
            // Wipes the bar, which is drawn again below.
            console.say(
                (console.errIsTerminal() ? "\r\u001b[K" : "") + OperationView.line(code, blockers));
          }
        });
    progress.update();
  }

  private void tellEnd() {
    String what = latest.getName() + " (" + OperationView.title(latest) + ")";
    boolean isPlain =
        latest.getMessage().isEmpty() || latest.getMessage().equals(OperationView.state(latest));
    String message = isPlain ? "" : ": " + Errors.oneLine(latest.getMessage());
    if (OperationView.isRunning(latest)) {
      console.say(
          "almadia: "
              + what
              + " still runs"
              + OperationView.progress(latest)
              + "; "
              + follow(latest));
    } else {
      console.say(what + " " + OperationView.state(latest) + message);
    }
  }

  private static String leftRunning(Operation operation) {
    return "almadia: "
        + operation.getName()
        + " ("
        + OperationView.title(operation)
        + ") goes on; "
        + follow(operation);
  }

  /** How to follow and how to end it. */
  static String follow(Operation operation) {
    return "follow it with: almadia operations wait "
        + operation.getName()
        + "; end it with: almadia operations cancel "
        + operation.getName();
  }
}
