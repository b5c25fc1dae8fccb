// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import dev.almadia.v1.Blocker;
import dev.almadia.v1.Operation;
import dev.almadia.v1.OperationState;
import dev.almadia.v1.ReplicaMove;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Operations and plans for people. */
final class OperationView {
  /** Blockers that go away without anybody's help. */
  private static final Set<String> PASSING =
      Set.of(
          "LEARNER_BEHIND",
          "WAITS_FOR_TURN",
          "CHANGE_UNDER_WAY",
          "LEADER_STAYS",
          "METADATA_CHANGING",
          "THROTTLED");

  private OperationView() {}

  /** Whether a blocker needs somebody to act. */
  static boolean needsHelp(Blocker blocker) {
    return !PASSING.contains(blocker.getCode());
  }

  static String state(Operation operation) {
    return switch (operation.getState()) {
      case OPERATION_STATE_RUNNING -> "running";
      case OPERATION_STATE_DONE -> "done";
      case OPERATION_STATE_CANCELLED -> "cancelled";
      case OPERATION_STATE_FAILED -> "failed";
      case OPERATION_STATE_UNSPECIFIED, UNRECOGNIZED -> "?";
    };
  }

  static boolean isRunning(Operation operation) {
    return operation.getState() == OperationState.OPERATION_STATE_RUNNING;
  }

  /** Exit code for how it ended. */
  static int exitCode(Operation operation) {
    return switch (operation.getState()) {
      case OPERATION_STATE_DONE -> ExitCode.OK;
      case OPERATION_STATE_CANCELLED -> ExitCode.PRECONDITION;
      case OPERATION_STATE_RUNNING -> ExitCode.PARTLY_DONE;
      case OPERATION_STATE_FAILED, OPERATION_STATE_UNSPECIFIED, UNRECOGNIZED -> ExitCode.FAILED;
    };
  }

  /** What is counted. */
  static String unit(Operation operation) {
    return operation.getKind().equals("drain") ? "leaders" : "partitions";
  }

  /** What it is, such as {@code decommission brokers/2}. */
  static String title(Operation operation) {
    return (operation.getKind() + " " + operation.getResource()).strip();
  }

  static Table list(List<Operation> operations) {
    Table table =
        new Table("OPERATION", "KIND", "WHAT", "STATE", "DONE", "BYTES", "LEFT", "BEGAN", "WAITS");
    for (Operation operation : operations) {
      table.row(
          operation.getName(),
          operation.getKind(),
          operation.getResource(),
          state(operation),
          done(operation),
          bytes(operation),
          left(operation),
          Units.instant(operation.getStartTimeMs()),
          waits(operation));
    }
    return table;
  }

  /** One operation, field by field, and what it waits for. */
  static String describe(Operation operation) {
    Table table =
        new Table("FIELD", "VALUE")
            .row("operation", operation.getName())
            .row("kind", operation.getKind())
            .row("what", operation.getResource())
            .row("state", state(operation))
            .row("done", done(operation) + " " + unit(operation))
            .row("bytes", bytes(operation))
            .row("left", left(operation))
            .row("began", Units.instant(operation.getStartTimeMs()))
            .row("ended", Units.instant(operation.getEndTimeMs()))
            .row("requested by", Errors.oneLine(operation.getRequestedBy()))
            .row("message", Errors.oneLine(operation.getMessage()));
    String text = table.render();
    if (operation.getBlockersCount() > 0) {
      text = text + "\n" + blockers(operation.getBlockersList()).render();
    }
    return text;
  }

  static Table blockers(List<Blocker> blockers) {
    Table table = new Table("WAITS", "CODE", "MESSAGE", "WHAT WOULD HELP");
    for (Blocker blocker : blockers) {
      table.row(
          blocker.getResource(),
          blocker.getCode(),
          Errors.oneLine(blocker.getMessage()),
          Errors.oneLine(blocker.getHint()));
    }
    return table;
  }

  static Table plan(List<ReplicaMove> moves) {
    Table table = new Table("TOPIC", "PARTITION", "FROM", "TO", "TO COPY");
    for (ReplicaMove move : moves) {
      table.row(
          move.getTopic(),
          move.getPartition(),
          brokers(move.getFromBrokerIdsList()),
          brokers(move.getBrokerIdsList()),
          move.getBytes() == 0 ? "-" : Units.bytes(move.getBytes()));
    }
    return table;
  }

  /** Broker ids with spaces between, {@code -} if none. */
  static String brokers(List<Integer> ids) {
    List<String> texts = new ArrayList<>();
    ids.forEach(id -> texts.add(String.valueOf(id)));
    return texts.isEmpty() ? "-" : String.join(" ", texts);
  }

  static String done(Operation operation) {
    return operation.getDone() + "/" + operation.getTotal();
  }

  private static String bytes(Operation operation) {
    return operation.getTotalBytes() == 0
        ? "-"
        : Units.bytes(operation.getDoneBytes()) + " of " + Units.bytes(operation.getTotalBytes());
  }

  private static String left(Operation operation) {
    return isRunning(operation) && operation.getEtaSeconds() >= 0
        ? Units.seconds(operation.getEtaSeconds())
        : "-";
  }

  /** Progress after the count: total, bytes, time left, what is waited for. */
  static String progress(Operation operation) {
    String total = operation.getTotal() > 0 ? ", of " + Units.count(operation.getTotal()) : "";
    return total + more(operation);
  }

  /** Progress after count and total. */
  static String more(Operation operation) {
    StringBuilder text = new StringBuilder();
    if (operation.getTotalBytes() > 0) {
      text.append(", ").append(bytes(operation));
    }
    if (operation.getEtaSeconds() >= 0) {
      text.append(", about ").append(Units.seconds(operation.getEtaSeconds())).append(" left");
    }
    String waits = waits(operation);
    if (!waits.isEmpty()) {
      text.append(", waits for: ").append(waits);
    }
    return text.toString();
  }

  /** Codes with how often: {@code NO_LEADER 2, LEARNER_BEHIND}. */
  static String waits(Operation operation) {
    if (!isRunning(operation)) {
      return "";
    }
    List<String> texts = new ArrayList<>();
    byCode(operation.getBlockersList())
        .forEach((code, list) -> texts.add(list.size() == 1 ? code : code + " " + list.size()));
    return String.join(", ", texts);
  }

  static Map<String, List<Blocker>> byCode(List<Blocker> blockers) {
    Map<String, List<Blocker>> byCode = new LinkedHashMap<>();
    for (Blocker blocker : blockers) {
      byCode.computeIfAbsent(blocker.getCode(), code -> new ArrayList<>()).add(blocker);
    }
    return byCode;
  }

  /** One line for all blockers of a code. */
  static String line(String code, List<Blocker> blockers) {
    Blocker first = blockers.get(0);
    String more =
        blockers.size() == 1 ? "" : String.format(Locale.ROOT, " and %d more", blockers.size() - 1);
    return "waits: "
        + first.getResource()
        + more
        + ": "
        + Errors.oneLine(first.getMessage())
        + (first.getHint().isEmpty() ? "" : "; " + Errors.oneLine(first.getHint()))
        + "; reason="
        + code
        + " see: almadia explain "
        + code;
  }
}
