// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.rules;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Set;

/**
 * The condition "is pure": what a class may see so that a run of it depends on its inputs alone. It
 * is an allow list, because a deny list never knows the next class that reads a clock.
 */
final class PureCode extends ArchCondition<JavaClass> {
  private static final Set<String> PACKAGES =
      Set.of(
          "java.lang",
          "java.lang.annotation",
          "java.lang.invoke",
          "java.lang.runtime",
          "java.util",
          "java.util.function",
          "java.util.stream",
          "org.jspecify.annotations");

  private static final Set<String> CLASSES =
      Set.of(
          "java.util.zip.CRC32C",
          "java.util.zip.Checksum",
          "java.nio.Buffer",
          "java.nio.ByteBuffer",
          "java.nio.ByteOrder");

  /** Residents of the allowed packages that bring threads, clocks, chance or the outside world. */
  private static final Set<String> NOT_THESE =
      Set.of(
          "java.lang.InheritableThreadLocal",
          "java.lang.Process",
          "java.lang.ProcessBuilder",
          "java.lang.ProcessHandle",
          "java.lang.Runtime",
          "java.lang.Thread",
          "java.lang.ThreadGroup",
          "java.lang.ThreadLocal",
          "java.util.Calendar",
          "java.util.Date",
          "java.util.GregorianCalendar",
          "java.util.Random",
          "java.util.Scanner",
          "java.util.ServiceLoader",
          "java.util.SplittableRandom",
          "java.util.Timer",
          "java.util.TimerTask",
          "java.util.TimeZone",
          "java.util.UUID");

  private static final Set<String> WAITING = Set.of("wait", "notify", "notifyAll");
  private static final Set<String> PARALLEL = Set.of("parallel", "parallelStream");

  private final String ownPackage;

  PureCode(String ownPackage) {
    super("be pure: no thread, clock, chance, I/O, logger or foreign type");
    this.ownPackage = ownPackage;
  }

  @Override
  public void check(JavaClass owner, ConditionEvents events) {
    for (Dependency dependency : owner.getDirectDependenciesFromSelf()) {
      if (!isAllowed(dependency.getTargetClass().getBaseComponentType())) {
        events.add(SimpleConditionEvent.violated(owner, dependency.getDescription()));
      }
    }
    for (JavaAccess<?> access : owner.getAccessesFromSelf()) {
      if (isForbidden(access.getTargetOwner().getName(), access.getTarget().getName())) {
        events.add(SimpleConditionEvent.violated(owner, access.getDescription()));
      }
    }
    owner.getMethods().stream()
        .filter(method -> method.getModifiers().contains(JavaModifier.SYNCHRONIZED))
        .forEach(
            method ->
                events.add(
                    SimpleConditionEvent.violated(
                        owner, method.getDescription() + " is synchronized")));
  }

  private boolean isAllowed(JavaClass type) {
    String name = type.getName();
    return type.isPrimitive()
        || CLASSES.contains(name)
        || (PACKAGES.contains(type.getPackageName()) && !NOT_THESE.contains(name))
        || type.getPackageName().equals(ownPackage)
        || type.getPackageName().startsWith(ownPackage + ".");
  }

  private static boolean isForbidden(String owner, String member) {
    return switch (owner) {
      case "java.lang.System" -> !member.equals("arraycopy");
      case "java.lang.Math", "java.lang.StrictMath" -> member.equals("random");
      case "java.lang.Object" -> WAITING.contains(member);
      case "java.util.Collections" -> member.equals("shuffle");
      default ->
          PARALLEL.contains(member)
              && (owner.startsWith("java.util.stream.") || owner.startsWith("java.util."));
    };
  }
}
