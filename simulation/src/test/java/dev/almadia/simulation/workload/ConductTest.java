// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.workload;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.rpc.ErrorInfo;
import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.server.grpc.Statuses;
import dev.almadia.history.Outcome;
import dev.almadia.simulation.check.Violations;
import dev.almadia.simulation.kernel.EventLoop;
import dev.almadia.simulation.kernel.Trace;
import dev.almadia.v1.ErrorReason;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class ConductTest {
  private final EventLoop loop = new EventLoop();
  private final Violations violations = new Violations(loop, new Trace(loop, 10, null));
  private final Conduct conduct = new Conduct(violations);

  private String judged(Throwable error, boolean mayBeCancelled) {
    conduct.check("somewhere", Problem.ofCall(error, true), mayBeCancelled);
    return violations.first() == null ? "" : Objects.requireNonNull(violations.first()).rule();
  }

  @Test
  void aReasonTellsTheOutcomeOfAWrite() {
    Problem refused = Problem.ofCall(Statuses.toException(Errors.noLeader("orders", 3)), true);
    assertThat(refused.outcome()).isEqualTo(Outcome.NOT_APPLIED);
    assertThat(refused.number("partition")).isEqualTo(3);
    Problem open =
        Problem.ofCall(
            Statuses.toException(
                BrokerError.of(ErrorReason.ERROR_REASON_OUTCOME_UNKNOWN, "unknown", "term", 1)),
            true);
    assertThat(open.outcome()).isEqualTo(Outcome.UNKNOWN);
  }

  @Test
  void withoutAReasonOnlyWhatNeverLeftWasNotApplied() {
    StatusRuntimeException broken = Status.UNAVAILABLE.asRuntimeException();
    assertThat(Problem.ofCall(broken, true).outcome()).isEqualTo(Outcome.UNKNOWN);
    assertThat(Problem.ofCall(broken, false).outcome()).isEqualTo(Outcome.NOT_APPLIED);
  }

  @Test
  void aBrokenConnectionAndADeadlineAreNoFaultOfABroker() {
    assertThat(judged(Status.UNAVAILABLE.asRuntimeException(), false)).isEmpty();
    assertThat(judged(Status.DEADLINE_EXCEEDED.asRuntimeException(), false)).isEmpty();
    assertThat(judged(Status.CANCELLED.asRuntimeException(), true)).isEmpty();
  }

  @Test
  void aStatusOfABrokerHasAReason() {
    assertThat(judged(Status.INTERNAL.asRuntimeException(), false))
        .isEqualTo("a status of a broker has a reason");
  }

  @Test
  void noBrokerCancelsACallInTheMiddle() {
    assertThat(judged(Status.CANCELLED.asRuntimeException(), false))
        .isEqualTo("a status of a broker has a reason");
  }

  @Test
  void aReasonTravelsWithItsCode() {
    ErrorInfo info =
        ErrorInfo.newBuilder().setDomain(Statuses.DOMAIN).setReason("NO_LEADER").build();
    com.google.rpc.Status status =
        com.google.rpc.Status.newBuilder()
            .setCode(Status.Code.NOT_FOUND.value())
            .addDetails(Any.pack(info))
            .build();
    assertThat(judged(StatusProto.toStatusRuntimeException(status), false))
        .isEqualTo("a reason has its code");
  }

  @Test
  void anIncidentIsADefect() {
    BrokerError incident =
        BrokerError.of(ErrorReason.ERROR_REASON_INTERNAL, "oops", "incident", "12ab");
    assertThat(judged(Statuses.toException(incident), false)).isEqualTo("no broker breaks");
  }

  @Test
  void aDiskThatCannotBeReadIsNoDefect() {
    BrokerError disk = BrokerError.of(ErrorReason.ERROR_REASON_INTERNAL, "disk", "topic", "orders");
    assertThat(judged(Statuses.toException(disk), false)).isEmpty();
  }
}
