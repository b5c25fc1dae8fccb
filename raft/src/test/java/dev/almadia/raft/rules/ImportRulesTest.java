// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.rules;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may import whom in this module. */
class ImportRulesTest {
  private static final String RAFT = "dev.almadia.raft";

  private static final JavaClasses MAIN =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(RAFT);

  @Test
  void coreIsPure() {
    classes()
        .that()
        .resideInAPackage(RAFT + ".core..")
        .should(new PureCode(RAFT + ".core"))
        .check(MAIN);
  }

  @Test
  void configSeesNoLogThoughTheLogCarriesConfigs() {
    mayOnlyUse("core.log", "core.log..", "core.config..", "core").check(MAIN);
    mayOnlyUse("core.config", "core.config..", "core").check(MAIN);
  }

  @Test
  void shardSeesCoreStoreAndLink() {
    mayOnlyUse("shard", "shard..", "core..", "store..", "link..").check(MAIN);
  }

  @Test
  void storeAndLinkSeeOnlyCore() {
    mayOnlyUse("store", "store..", "core..").check(MAIN);
    mayOnlyUse("link", "link..", "core..").check(MAIN);
  }

  @Test
  void nothingIsSynchronizedBecauseEveryObjectHasOneOwnerThread() {
    noMethods()
        .that()
        .areDeclaredInClassesThat()
        .resideInAPackage(RAFT + "..")
        .should()
        .haveModifier(JavaModifier.SYNCHRONIZED)
        .allowEmptyShould(true)
        .check(MAIN);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "clock",
        "wallClock",
        "time",
        "mathChance",
        "chance",
        "thread",
        "atomic",
        "logger",
        "file",
        "fork",
        "lock",
        "print"
      })
  void theRuleOfPurityNamesEachImpureMethod(String method) {
    List<String> found =
        classes()
            .should(new PureCode(RAFT + ".rules"))
            .evaluate(new ClassFileImporter().importClasses(ImpureSample.class))
            .getFailureReport()
            .getDetails();

    assertThat(found).anyMatch(line -> line.contains("ImpureSample." + method + "()"));
  }

  /**
   * Packages below this module's root that the given one may use, besides the JDK, slf4j and
   * jspecify.
   */
  private static ArchRule mayOnlyUse(String from, String... allowed) {
    String[] packages =
        Stream.concat(
                Stream.of("java..", "org.slf4j..", "org.jspecify.."),
                Stream.of(allowed).map(name -> RAFT + "." + name))
            .toArray(String[]::new);
    return classes()
        .that()
        .resideInAPackage(RAFT + "." + from + "..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(packages)
        .allowEmptyShould(true);
  }
}
