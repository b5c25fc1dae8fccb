// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import dev.almadia.client.AlmadiaClient;
import dev.almadia.client.AlmadiaException;
import dev.almadia.v1.Finding;
import dev.almadia.v1.Severity;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Looks for everything that may be wrong. */
@Command(
    name = "doctor",
    description = {
      "Check the cluster from here: brokers and the ways between them, versions, clocks, disks,"
          + " zones, metadata, partitions, leaders, operations, settings.",
      "Each finding has a code; 'almadia explain CODE' says what it means.",
      "Exit code 0 if nothing is found, 10 if something is; with --format nagios 0, 1, 2."
    },
    footerHeading = "Examples:%n",
    footer = {
      "  almadia doctor",
      "  almadia doctor --fail-on critical && ./deploy",
      "  almadia doctor --format nagios",
      ""
    })
@SuppressWarnings("NullAway.Init") // Filled in by picocli.
final class DoctorCommand implements Callable<Integer> {
  private static final Duration TIMEOUT_DEFAULT = Duration.ofSeconds(3);

  private final Console console;
  @Mixin private GlobalOptions global;

  /** Forms that are no {@code --output}. */
  enum ReportFormat {
    nagios,
    json
  }

  /** What makes the command fail. */
  enum FailOn {
    warning,
    critical
  }

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = "nagios: one line and the exit codes of its plugins; json: as -o json")
  private @Nullable ReportFormat format;

  @Option(
      names = "--fail-on",
      paramLabel = "SEVERITY",
      description = "Exit with 10 from this on: warning (default) or critical")
  private FailOn failOn = FailOn.warning;

  DoctorCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws InterruptedException {
    if (format != null && global.output != null) {
      throw CliException.usage("--format and -o exclude each other");
    }
    DoctorReport report = report();
    if (format == ReportFormat.nagios) {
      console.out().println(report.nagiosLine());
      boolean unused = console.flush();
      return report.nagiosExitCode();
    }
    GlobalOptions.Format form =
        format == ReportFormat.json ? GlobalOptions.Format.json : global.format();
    new Output(console, form).tree(report.json(), report::text);
    if (!report.findings().isEmpty()) {
      console.say(
          "almadia: "
              + report.findings().size()
              + " findings, "
              + report.criticals()
              + " of them critical; see: almadia explain CODE");
    }
    return report.exitCode(Severity.valueOf("SEVERITY_" + failOn.name().toUpperCase(Locale.ROOT)));
  }

  private DoctorReport report() throws InterruptedException {
    Duration timeout = global.timeoutOr(TIMEOUT_DEFAULT);
    try (AlmadiaClient client = global.connect(timeout)) {
      return new DoctorChecks(DoctorFacts.gather(client.admin(), timeout)).run();
    } catch (AlmadiaException e) {
      if (!Errors.isUnavailable(e)) {
        throw e;
      }
      return new DoctorReport(
          List.of(new DoctorReport.Check("brokers", "critical", "1 finding")),
          List.of(nobody(e)),
          0,
          0);
    }
  }

  private Finding nobody(AlmadiaException e) {
    return Finding.newBuilder()
        .setSeverity(Severity.SEVERITY_CRITICAL)
        .setCode("NO_BROKER_ANSWERS")
        .setResource(global.server)
        .setMessage(Errors.why(e))
        .setHint("check --server and that the brokers run")
        .build();
  }
}
