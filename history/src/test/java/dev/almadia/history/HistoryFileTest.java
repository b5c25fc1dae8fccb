// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryFileTest {
  private static final PartitionId PARTITION = new PartitionId("a \"b\"", 17, 2);
  private static final PartitionId BY_KEY = new PartitionId("a", 17, PartitionId.UNKNOWN);
  private static final Produce.Sending RETRIED =
      new Produce.Sending(Produce.Durability.BUFFERED, 3, true, true);
  private static final List<Value> VALUES = List.of(new Value(1, 5, 17), new Value(1, 6, 16));
  private static final List<Seen> SEEN =
      List.of(
          new Seen(7, VALUES.get(0), 99), new Seen(8, VALUES.get(1)), new Seen(9, Value.DAMAGED));

  @TempDir private Path folder;

  @Test
  void everyKindIsTheSameAfterReadingItBack() throws IOException {
    History history = new History(everyKind());
    Path file = folder.resolve("history.jsonl");

    history.write(file);

    assertThat(History.read(file).operations()).isEqualTo(history.operations());
    assertThat(Files.readAllLines(file)).hasSize(1 + history.operations().size());
  }

  @Test
  void namesTheLineThatIsBroken() throws IOException {
    Path file = folder.resolve("history.jsonl");
    new History(everyKind()).write(file);
    List<String> lines = Files.readAllLines(file);

    for (String broken :
        List.of("{", "[]", "{}", "", "{\"op\":\"x\",\"topic\":\"a\",\"topicId\":1}")) {
      lines.set(3, broken);
      Files.write(file, lines);
      assertThatThrownBy(() -> History.read(file))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("Line 4 is not an operation");
    }
  }

  @Test
  void refusesAFileOfSomethingElse() throws IOException {
    Path file = Files.writeString(folder.resolve("other"), "{\"format\":\"other\"}\n");

    assertThatThrownBy(() -> History.read(file)).isInstanceOf(IOException.class);
  }

  private static List<Operation> everyKind() {
    Read.Answer answer = new Read.Answer(SEEN, 10, 12, 7, 2);
    return List.of(
        Produce.begun(call(0), PARTITION, VALUES, Produce.Sending.ONCE).applied(4),
        Produce.begun(call(1), BY_KEY, VALUES, RETRIED).unknown("timeout"),
        Produce.begun(call(2), BY_KEY, VALUES, RETRIED).with(open(2)),
        Read.begun(call(3), PARTITION, Read.Kind.FETCH, 5).answered(answer),
        Read.begun(call(4), PARTITION, Read.Kind.DRAIN, Read.ON),
        Resolve.begun(call(5), PARTITION, Resolve.Question.time(77)).answered(3),
        Resolve.begun(call(6), PARTITION, Resolve.Question.LATEST),
        Admin.begun(call(7), Admin.Action.CREATE, "a", 17).ended(Outcome.APPLIED),
        Admin.trim(call(8), PARTITION, 40).ended(Outcome.NOT_APPLIED),
        FinalRead.begun(call(9), PARTITION).answered(7, 10, SEEN),
        ReplicaLog.begun(call(10), PARTITION, 3).answered(SEEN));
  }

  private static Call call(long id) {
    return new Call(id, 1, 10, 100 + id, 1000 + id);
  }

  private static Call open(long id) {
    return new Call(id, 1, 10, 100 + id, Call.NEVER);
  }
}
