// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What people read, against files. */
class ReportTest {
  private static void assertLines(List<String> lines, String file) throws IOException {
    try (InputStream in = ReportTest.class.getResourceAsStream("/run/" + file)) {
      assertThat(in).as(file).isNotNull();
      String wanted = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      assertThat(String.join("\n", lines) + "\n").isEqualTo(wanted);
    }
  }

  @Test
  void aViolationIsToldFromThePromiseToTheCommand() throws IOException {
    RunSpec spec = RunSpec.of(17);
    RunResult result = new ToyRunner().run(spec, null);
    Failure failure = new Failure(Failure.Kind.VIOLATION, spec, result, List.of());
    Shrunk shrunk = new Shrinker(new ToyRunner(), 1_000, 60_000_000_000L).shrink(failure, 2);
    assertLines(FailureReport.of(shrunk), "violation.txt");
    assertLines(FailureReport.brief(failure), "violation-brief.txt");
  }

  @Test
  void aReplayEndsWithWhatCameOfIt() throws IOException {
    RunSpec spec = RunSpec.of(17).withDroppedFaults(List.of(0, 1));
    List<String> lines = new ArrayList<>();
    RunResult unused = Replay.run(new ToyRunner(), spec, lines::add);
    assertLines(lines, "replay.txt");
    List<String> again = new ArrayList<>();
    RunResult unusedToo = Replay.run(new ToyRunner(), spec, again::add);
    assertThat(again).isEqualTo(lines);
  }

  @Test
  void aSearchSaysWhatItRan() throws IOException {
    RunSpec run = RunSpec.of(0).withFaultKinds(List.of("crash", "partition"));
    SearchSpec spec = SearchSpec.of(new SeedRange(1, 10_000), run).withJobs(2);
    TreeMap<String, Long> faults = new TreeMap<>();
    faults.put("crash", 12_345L);
    faults.put("partition", 6_789L);
    TreeMap<String, Long> operations = new TreeMap<>();
    operations.put("produce applied", 900_000L);
    operations.put("produce unknown", 100_000L);
    Totals totals =
        new Totals(
            10_000,
            500,
            2,
            List.of(50L, 150L),
            123_456_789,
            600_000_000_000_000L,
            3_000_000_000_000L,
            faults,
            operations);
    assertLines(SearchReport.of(new SearchResult(spec, totals, List.of(), false)), "search.txt");
  }

  @Test
  void everyPromiseHasItsMeaning() {
    for (int number = 1; number <= 13; number++) {
      assertThat(Guarantees.of("G" + number).text()).isNotEqualTo(Guarantees.of("?").text());
    }
  }
}
