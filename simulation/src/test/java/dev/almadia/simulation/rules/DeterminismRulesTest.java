// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.rules;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * A seed must mean the same everywhere: nothing that a simulation runs may ask a real clock, draw a
 * number of its own, or start a thread. Package {@code run} is outside: it runs simulations.
 */
class DeterminismRulesTest {
  private static final JavaClasses MAIN =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.almadia.simulation");

  private static final Set<String> FORBIDDEN_CALLS =
      Set.of(
          "java.lang.System.nanoTime",
          "java.lang.System.currentTimeMillis",
          "java.lang.System.identityHashCode",
          "java.lang.Math.random",
          "java.util.UUID.randomUUID",
          "java.time.Instant.now",
          "java.lang.Thread.start",
          "java.lang.Thread.sleep",
          "io.grpc.stub.AbstractStub.withDeadlineAfter",
          "io.grpc.CallOptions.withDeadlineAfter",
          "java.util.Collections.shuffle");

  @Test
  void nothingSimulatedAsksARealClockOrDrawsANumberOfItsOwn() {
    noClasses()
        .that()
        .resideInAPackage("dev.almadia.simulation..")
        .and()
        .resideOutsideOfPackage("dev.almadia.simulation.run..")
        .should()
        .accessTargetWhere(forbidden())
        .check(MAIN);
  }

  @Test
  void nothingSimulatedUsesRandomnessOrThreadsOfTheJdk() {
    noClasses()
        .that()
        .resideInAPackage("dev.almadia.simulation..")
        .and()
        .resideOutsideOfPackage("dev.almadia.simulation.run..")
        .should()
        .dependOnClassesThat()
        .haveNameMatching(
            "java\\.util\\.(Random|concurrent\\.ThreadLocalRandom|concurrent\\.Executors"
                + "|concurrent\\.ThreadPoolExecutor|IdentityHashMap|WeakHashMap)"
                + "|java\\.security\\.SecureRandom")
        .check(MAIN);
  }

  @Test
  void theRuleSeesAForbiddenCall() {
    assertThat(FORBIDDEN_CALLS).contains("java.lang.System.nanoTime");
    JavaClasses run = new ClassFileImporter().importClasses(Impure.class);
    assertThat(noClasses().should().accessTargetWhere(forbidden()).evaluate(run).hasViolation())
        .isTrue();
  }

  private static DescribedPredicate<JavaAccess<?>> forbidden() {
    return DescribedPredicate.describe(
        "a real clock, or chance that no seed gave",
        access ->
            FORBIDDEN_CALLS.contains(
                access.getTargetOwner().getName() + "." + access.getTarget().getName()));
  }

  /** What the rule must find. */
  private static final class Impure {
    @SuppressWarnings("unused")
    private static long now() {
      return System.nanoTime();
    }
  }
}
