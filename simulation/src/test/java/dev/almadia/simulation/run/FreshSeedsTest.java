// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A few hundred seeds that nobody has run, at each build; as many of them as there is time for.
 *
 * <p>{@code -Dalmadia.fresh.count=300 -Dalmadia.fresh.minutes=1.5 -Dalmadia.fresh.base=SEED}: how
 * many of each scenario, for how long at most, and where to begin, to run the same ones again.
 */
class FreshSeedsTest {
  private static final int SHRINK_RUNS_MAX = 300;
  private static final int TRACE_LINES = 40;

  @ParameterizedTest
  @ValueSource(strings = {RunSpec.MIX, "members"})
  void noPromiseIsBrokenInFreshSeeds(String scenario) throws InterruptedException {
    long base = Long.getLong("almadia.fresh.base", SeedRange.freshBase());
    long count = Long.getLong("almadia.fresh.count", 300);
    double minutes = Double.parseDouble(System.getProperty("almadia.fresh.minutes", "1.5"));
    SearchSpec spec =
        SearchSpec.of(
                new SeedRange(base, base + count - 1), RunSpec.of(base).withScenario(scenario))
            .withTimeBoxNanos((long) (minutes * 60e9));
    say("fresh seeds " + spec.seeds().text() + " of scenario " + scenario);
    say("again: mvn verify -Dalmadia.fresh.base=" + base);

    SearchResult result = new Search(Tested.runner(), spec).run(totals -> {});

    List<String> lines = new ArrayList<>(SearchReport.of(result));
    for (Failure failure : result.failures()) {
      lines.add("");
      lines.addAll(failure.violation() == null ? FailureReport.brief(failure) : shrunk(failure));
    }
    lines.forEach(FreshSeedsTest::say);
    if (!result.failures().isEmpty()) {
      fail(String.join("\n", lines));
    }
    assertThat(Vacuity.of(result)).isEmpty();
  }

  private static List<String> shrunk(Failure failure) {
    long nanosMax = TimeUnit.MINUTES.toNanos(2);
    Shrinker shrinker = new Shrinker(Tested.runner(), SHRINK_RUNS_MAX, nanosMax);
    return FailureReport.of(shrinker.shrink(failure, TRACE_LINES));
  }

  /** To the log of the build: the seeds must be known also when nothing fails. */
  private static void say(String line) {
    System.out.println(line);
  }
}
