// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.history.FinalRead;
import dev.almadia.history.History;
import dev.almadia.history.Produce;
import dev.almadia.history.Read;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RandomTwinTest {
  private static final int SEEDS = 300;
  private static final int STEPS = 300;

  @Test
  void findsNothingInACorrectHistory() {
    for (int seed = 0; seed < SEEDS; seed++) {
      assertThat(Checks.all().check(ReferenceRun.of(seed, STEPS))).as("seed %d", seed).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void findsOneLie(Mutation mutation) {
    int told = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      History truth = ReferenceRun.of(seed, STEPS);
      Optional<History> lie = mutation.apply(truth, new Random(seed));
      if (lie.isPresent()) {
        told++;
        assertThat(Checks.all().check(lie.get()))
            .as("seed %d", seed)
            .extracting(Anomaly::name)
            .containsAnyElementsOf(mutation.names());
      }
    }
    assertThat(told).as("histories that the lie fits").isGreaterThan(SEEDS / 20);
  }

  @Test
  void judgesASavedHistoryAsTheOneThatWasTaken(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("history.jsonl");
    for (int seed = 0; seed < 10; seed++) {
      History truth = ReferenceRun.of(seed, STEPS);
      History lie = Mutation.FINAL_RECORDS_SWAPPED.apply(truth, new Random(seed)).orElse(truth);
      lie.write(file);

      assertThat(History.read(file)).isEqualTo(lie);
      assertThat(Checks.all().check(History.read(file))).isEqualTo(Checks.all().check(lie));
    }
  }

  @Test
  void theRunsAreNotVacuous() {
    Vacuity vacuity = Vacuity.of(ReferenceRun.of(1, STEPS));

    assertThat(vacuity.tooLittle(50, 0.4)).isEmpty();
    assertThat(vacuity.count(Produce.class).begun()).isGreaterThan(50);
    assertThat(vacuity.count(Read.class).share()).isBetween(0.4, 1.0);
    assertThat(vacuity.count(FinalRead.class).succeeded()).isEqualTo(2);
  }

  @Test
  void sayWhyARunProvesTooLittle() {
    History empty = new Story().unknown(Story.v(0)).history();

    assertThat(Vacuity.of(empty).tooLittle(1, 0.5))
        .containsExactly(
            "Produce: 0 succeeded, at least 1 must",
            "Produce: a share of 0.000 succeeded, at least 0.5 must",
            "Read: 0 succeeded, at least 1 must",
            "Read: a share of 0.000 succeeded, at least 0.5 must",
            "FinalRead: none succeeded, so losses cannot be seen");
  }
}
