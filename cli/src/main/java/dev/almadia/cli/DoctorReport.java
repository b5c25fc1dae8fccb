// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.almadia.v1.Finding;
import dev.almadia.v1.Severity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * What was checked and what was found.
 *
 * @param checks in the order in which they were made
 * @param findings the worst first
 * @param brokers brokers of the cluster
 * @param partitions partitions of the cluster
 */
record DoctorReport(List<Check> checks, List<Finding> findings, int brokers, int partitions) {
  /** Nagios has its own exit codes. */
  private static final int NAGIOS_WARNING = 1;

  private static final int NAGIOS_CRITICAL = 2;

  /** Sorts and copies. */
  DoctorReport {
    checks = List.copyOf(checks);
    List<Finding> sorted = new ArrayList<>(findings);
    sorted.sort(Comparator.comparing(finding -> -finding.getSeverityValue()));
    findings = List.copyOf(sorted);
  }

  /**
   * A check.
   *
   * @param name what was looked at
   * @param state ok, warning, critical, or skipped if it could not be told
   * @param note one line
   */
  record Check(String name, String state, String note) {}

  static String severity(Finding finding) {
    return finding.getSeverity().name().replaceFirst("SEVERITY_", "").toLowerCase(Locale.ROOT);
  }

  long criticals() {
    return findings.stream().filter(f -> f.getSeverity() == Severity.SEVERITY_CRITICAL).count();
  }

  /** Exit code: unhealthy if there is anything as bad as that. */
  int exitCode(Severity failOn) {
    return findings.stream().anyMatch(f -> f.getSeverityValue() >= failOn.getNumber())
        ? ExitCode.UNHEALTHY
        : ExitCode.OK;
  }

  String text() {
    Table table = new Table("CHECK", "STATE", "NOTE");
    checks.forEach(check -> table.row(check.name(), check.state(), check.note()));
    return findings.isEmpty()
        ? table.render()
        : table.render() + "\n" + findingsTable(findings).render();
  }

  /** Findings as every command shows them. */
  static Table findingsTable(List<Finding> findings) {
    Table table = new Table("SEVERITY", "CODE", "WHAT", "MESSAGE", "WHAT TO DO");
    for (Finding finding : findings) {
      table.row(
          severity(finding),
          finding.getCode(),
          finding.getResource(),
          Errors.oneLine(finding.getMessage()),
          Errors.oneLine(finding.getHint()));
    }
    return table;
  }

  JsonObject json() {
    JsonObject tree = new JsonObject();
    tree.addProperty("healthy", findings.isEmpty());
    JsonArray made = new JsonArray();
    for (Check check : checks) {
      JsonObject item = new JsonObject();
      item.addProperty("check", check.name());
      item.addProperty("state", check.state());
      item.addProperty("note", check.note());
      made.add(item);
    }
    tree.add("checks", made);
    JsonArray found = new JsonArray();
    findings.forEach(finding -> found.add(Json.of(finding)));
    tree.add("findings", found);
    return tree;
  }

  /** One line as plugins of Nagios print it, with figures behind the bar. */
  String nagiosLine() {
    String state = List.of("OK", "WARNING", "CRITICAL").get(nagiosExitCode());
    String text = checks.size() + " checks, nothing found";
    if (!findings.isEmpty()) {
      Finding first = findings.get(0);
      text = first.getCode() + " " + first.getResource() + ": " + first.getMessage();
      if (findings.size() > 1) {
        text = text + " (and " + (findings.size() - 1) + " more)";
      }
    }
    return String.format(
        Locale.ROOT,
        "ALMADIA %s - %s | brokers=%d partitions=%d findings=%d critical=%d",
        state,
        Errors.oneLine(text).replace('|', '/'),
        brokers,
        partitions,
        findings.size(),
        criticals());
  }

  int nagiosExitCode() {
    if (criticals() > 0) {
      return NAGIOS_CRITICAL;
    }
    return findings.isEmpty() ? ExitCode.OK : NAGIOS_WARNING;
  }
}
