// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class RecorderTest {
  private static final PartitionId PARTITION = new PartitionId("orders", 17, 0);

  private long nowNanos = 100;
  private final Recorder recorder = new Recorder(() -> nowNanos++);

  @Test
  void keepsTheOrderOfTheBeginWhateverCompletesFirst() {
    var slow = recorder.begin(1, 10, RecorderTest::produce);
    var fast =
        recorder.begin(2, 20, call -> Resolve.begun(call, PARTITION, Resolve.Question.LATEST));
    fast.complete(resolve -> resolve.answered(5));
    slow.complete(produce -> produce.applied(4));

    List<Operation> operations = recorder.history().operations();
    assertThat(operations.get(0).call()).isEqualTo(new Call(0, 1, 10, 100, 103));
    assertThat(operations.get(1).call()).isEqualTo(new Call(1, 2, 20, 101, 102));
    assertThat(((Produce) operations.get(0)).lastOffset()).isEqualTo(4);
  }

  @Test
  void whatNeverCompletesIsUnknown() {
    recorder.begin(1, 10, RecorderTest::produce);

    Produce produce = (Produce) recorder.history().operations().get(0);
    assertThat(produce.call().completed()).isFalse();
    assertThat(produce.outcome()).isEqualTo(Outcome.UNKNOWN);
  }

  @Test
  void aHistoryThatWasTakenDoesNotChangeAnyMore() {
    var begun = recorder.begin(1, 10, RecorderTest::produce);
    History before = recorder.history();
    begun.complete(produce -> produce.applied(4));

    assertThat(before.operations().get(0).succeeded()).isFalse();
    assertThat(recorder.history().operations().get(0).succeeded()).isTrue();
  }

  @Test
  void refusesASecondAnswer() {
    var begun = recorder.begin(1, 10, RecorderTest::produce);
    begun.complete(produce -> produce.applied(4));

    assertThatThrownBy(() -> begun.complete(produce -> produce.unknown("timeout")))
        .isInstanceOf(IllegalStateException.class);
  }

  private static Produce produce(Call call) {
    return Produce.begun(call, PARTITION, List.of(new Value(1, 0, 17)), Produce.Sending.ONCE);
  }
}
