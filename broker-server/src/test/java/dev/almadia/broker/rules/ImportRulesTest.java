// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.rules;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Who may import whom: the broker's core decides and sees nothing of the world; modules only look
 * down.
 */
class ImportRulesTest {
  private static final String CORE = "dev.almadia.broker.core..";

  private static final JavaClasses MAIN =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.almadia");

  @Test
  void coreSeesNoTransportNoStoreAndNoWorld() {
    seesNoWorld(CORE).check(MAIN);
  }

  @Test
  void coreReadsNoClockAndDrawsNoNumber() {
    readsNoClock(CORE).check(MAIN);
  }

  @Test
  void coreDoesNotReachIntoTheServerPackages() {
    noClasses()
        .that()
        .resideInAPackage(CORE)
        .should()
        .dependOnClassesThat(
            DescribedPredicate.describe(
                "packages of the broker outside core",
                type ->
                    type.getPackageName().startsWith("dev.almadia.broker")
                        && !type.getPackageName().startsWith("dev.almadia.broker.core")))
        .allowEmptyShould(true)
        .check(MAIN);
  }

  @Test
  void storageKnowsNoTransportAndNoBroker() {
    noClasses()
        .that()
        .resideInAPackage("dev.almadia.storage..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.grpc..",
            "io.netty..",
            "com.google.protobuf..",
            "dev.almadia.broker..",
            "dev.almadia.v1..")
        .check(MAIN);
  }

  @Test
  void raftKnowsNeitherStorageNorTransport() {
    noClasses()
        .that()
        .resideInAPackage("dev.almadia.raft..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.grpc..",
            "org.rocksdb..",
            "com.google..",
            "dev.almadia.storage..",
            "dev.almadia.broker..")
        .check(MAIN);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"status", "rocks", "file", "path", "socket", "thread", "atomic", "logger"})
  void theRuleAboutTheWorldNamesEachOffender(String method) {
    assertThat(offenders(seesNoWorld("dev.almadia.broker.rules.."))).anyMatch(inSample(method));
  }

  @ParameterizedTest
  @ValueSource(strings = {"nanos", "millis", "now", "mathChance", "chance", "uuid"})
  void theRuleAboutClocksNamesEachOffender(String method) {
    assertThat(offenders(readsNoClock("dev.almadia.broker.rules.."))).anyMatch(inSample(method));
  }

  private static ArchRule seesNoWorld(String packages) {
    return noClasses()
        .that()
        .resideInAPackage(packages)
        .should()
        .dependOnClassesThat(
            DescribedPredicate.describe("the world outside", ImportRulesTest::isOfTheWorld))
        .allowEmptyShould(true);
  }

  private static boolean isOfTheWorld(JavaClass type) {
    String name = type.getBaseComponentType().getName();
    return Stream.of(
                "io.grpc.",
                "io.netty.",
                "org.rocksdb.",
                "io.micrometer.",
                "org.slf4j.",
                "java.io.",
                "java.net.",
                "java.nio.file.",
                "java.nio.channels.",
                "java.util.concurrent.",
                "java.lang.Thread",
                "java.lang.Process",
                "java.lang.Runtime")
            .anyMatch(name::startsWith)
        && !HARMLESS.contains(name);
  }

  /** Named like the forbidden ones, and harmless: a unit, exceptions of the language, a marker. */
  private static final Set<String> HARMLESS =
      Set.of("java.util.concurrent.TimeUnit", "java.lang.RuntimeException", "java.io.Serializable");

  private static ArchRule readsNoClock(String packages) {
    return noClasses()
        .that()
        .resideInAPackage(packages)
        .should()
        .accessTargetWhere(
            DescribedPredicate.describe(
                "it reads a clock or draws a number", ImportRulesTest::isOfChance))
        .allowEmptyShould(true);
  }

  private static boolean isOfChance(JavaAccess<?> access) {
    String owner = access.getTargetOwner().getName();
    String member = access.getTarget().getName();
    return switch (owner) {
      case "java.lang.System" -> !Set.of("arraycopy", "identityHashCode").contains(member);
      case "java.lang.Math", "java.lang.StrictMath" -> member.equals("random");
      case "java.util.UUID" -> member.equals("randomUUID");
      case "java.util.Random", "java.util.SplittableRandom", "java.util.Date", "java.util.Timer" ->
          true;
      case "java.time.Clock" -> true;
      default -> owner.startsWith("java.time.") && member.equals("now");
    };
  }

  private static List<String> offenders(ArchRule rule) {
    return rule.evaluate(new ClassFileImporter().importClasses(ImpureSample.class))
        .getFailureReport()
        .getDetails();
  }

  private static java.util.function.Predicate<String> inSample(String method) {
    return line -> line.contains("ImpureSample." + method + "()");
  }
}
