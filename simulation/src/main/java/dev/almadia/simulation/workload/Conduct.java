// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.workload;

import dev.almadia.simulation.check.Violations;
import io.grpc.Status;
import java.util.List;

/** What a broker's answer must never be, whatever happens to the cluster. */
final class Conduct {
  private static final List<String> PLACES = List.of("broker_ids", "to_broker_id", "moves");

  private final Violations violations;

  Conduct(Violations violations) {
    this.violations = violations;
  }

  /** A promise to clients is broken. */
  void broken(String guarantee, String rule, String text) {
    violations.add(guarantee, rule, text);
  }

  /** The answer says something that no correct broker says. */
  void wrong(String rule, String text) {
    violations.add("G12", rule, text);
  }

  /**
   * Looks at the status of a failed call.
   *
   * @param mayBeCancelled whether this client ended the call itself, or its time was nearly over: a
   *     broker whose clock is ahead cancels a call before its client does
   */
  void check(String where, Problem problem, boolean mayBeCancelled) {
    if (problem.isOfLibrary()) {
      checkBare(where, problem, mayBeCancelled);
      return;
    }
    Status.Code expected = problem.codeOfReason();
    if (expected == null) {
      wrong("reasons are those of errors.proto", where + ": " + problem);
    } else if (expected != problem.code()) {
      wrong("a reason has its code", where + ": " + problem + ", should be " + expected);
    } else if (problem.is("INTERNAL") && !isOfDisk(problem)) {
      wrong("no broker breaks", where + ": " + problem);
    } else if ((problem.is("INVALID_ARGUMENT") && !isOfPlaces(problem))
        || problem.is("FEATURE_NOT_ENABLED")) {
      wrong("a correct request is understood", where + ": " + problem);
    }
  }

  /** The gRPC library itself says only these, when a connection or the time is gone. */
  private void checkBare(String where, Problem problem, boolean mayBeCancelled) {
    boolean expected =
        problem.code() == Status.Code.UNAVAILABLE
            || problem.code() == Status.Code.DEADLINE_EXCEEDED
            || (problem.code() == Status.Code.CANCELLED && mayBeCancelled);
    if (!expected) {
      wrong("a status of a broker has a reason", where + ": " + problem);
    }
  }

  /** Where replicas may be changes while the request is on its way. */
  private static boolean isOfPlaces(Problem problem) {
    return PLACES.contains(problem.metadata().getOrDefault("field", ""));
  }

  /** A broker may say that it cannot read its disk: the fault is not its own. */
  private static boolean isOfDisk(Problem problem) {
    return problem.metadata().containsKey("topic") && !problem.metadata().containsKey("incident");
  }
}
