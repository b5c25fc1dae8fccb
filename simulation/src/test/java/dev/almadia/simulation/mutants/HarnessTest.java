// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.mutants;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The harness itself, with a simulator of a few lines. */
class HarnessTest {
  private static final String ENTRY = StandIn.class.getName();

  private final LoadedSimulator sound = new LoadedSimulator(ENTRY, "", Map.of());

  @Test
  void findsABugThatIsThere() {
    Mutant mutant = Catalogue.named("vote-majority-off-by-one");
    LoadedSimulator changed = new LoadedSimulator(ENTRY, "", new MutantCompiler().compile(mutant));
    try (Hunt hunt = new Hunt(sound, 2)) {
      Hunt.Found found = hunt.first(changed, 1, 100);
      assertThat(found).isNotNull();
      assertThat(found.message()).startsWith("G1 one leader per term");
      assertThat(changed.run(found.seed())).isEqualTo(found.message());
    }
  }

  @Test
  void findsNothingInTheCodeAsItIs() {
    try (Hunt hunt = new Hunt(sound, 2)) {
      assertThat(hunt.first(sound, 1, 50)).isNull();
    }
  }

  @Test
  void doesNotCountASeedThatFailsWithoutTheBugToo() {
    Mutant mutant = Catalogue.named("vote-majority-off-by-one");
    LoadedSimulator changed = new LoadedSimulator(ENTRY, "", new MutantCompiler().compile(mutant));
    try (Hunt hunt = new Hunt(changed, 2)) {
      assertThat(hunt.first(changed, 1, 20)).isNull();
    }
  }

  @Test
  void theFirstSeedIsTheSameOnAnyNumberOfThreads() {
    Mutant mutant = Catalogue.named("vote-majority-off-by-one");
    LoadedSimulator changed = new LoadedSimulator(ENTRY, "", new MutantCompiler().compile(mutant));
    try (Hunt one = new Hunt(sound, 1);
        Hunt three = new Hunt(sound, 3)) {
      assertThat(three.first(changed, 1, 100)).isEqualTo(one.first(changed, 1, 100));
    }
  }

  @Test
  void refusesLinesThatAreNotThereOrTwice() {
    SourceChange change = new SourceChange("A.java", List.of("a", "b"), List.of("a", "c"));
    assertThat(change.applyTo(List.of("x", "a", "b", "y"))).containsExactly("x", "a", "c", "y");
    assertThatThrownBy(() -> change.applyTo(List.of("a", "x", "b")))
        .hasMessageContaining("does not have");
    assertThatThrownBy(() -> change.applyTo(List.of("a", "b", "a", "b")))
        .hasMessageContaining("more than once");
  }

  @Test
  void readsWhatGitPrints() {
    Mutant mutant =
        Catalogue.parse(
            "name",
            List.of(
                "breaks: something",
                "classes: 1, 2",
                "guarantee: G1",
                "diff --git a/x/A.java b/x/A.java",
                "index 1..2 100644",
                "--- a/x/A.java",
                "+++ b/x/A.java",
                "@@ -1,3 +1,3 @@ class A {",
                " kept",
                "-old",
                "+new",
                "",
                "@@ -9 +9 @@",
                "-- gone",
                "+++ comes"));
    assertThat(mutant.breaks()).isEqualTo("something");
    assertThat(mutant.changes())
        .containsExactly(
            new SourceChange("x/A.java", List.of("kept", "old", ""), List.of("kept", "new", "")),
            new SourceChange("x/A.java", List.of("- gone"), List.of("++ comes")));
  }
}
