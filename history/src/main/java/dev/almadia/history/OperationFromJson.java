// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** The operation of a line. Anything missing or strange is an unchecked exception. */
final class OperationFromJson {
  private final JsonObject line;
  private final PartitionId partition;

  private OperationFromJson(JsonObject line) {
    this.line = line;
    int number = line.has("partition") ? whole("partition") : PartitionId.UNKNOWN;
    this.partition = new PartitionId(text("topic"), number("topicId"), number);
  }

  static Operation of(JsonObject line) {
    return new OperationFromJson(line).operation();
  }

  private Operation operation() {
    return switch (text("op")) {
      case "produce" -> produce();
      case "read" -> read();
      case "resolve" -> resolve();
      case "admin" -> admin();
      case "final" ->
          new FinalRead(call(), partition, number("logStart"), number("end"), records());
      case "replica" -> new ReplicaLog(call(), partition, whole("broker"), records());
      default -> throw new IllegalArgumentException("No such operation: " + text("op"));
    };
  }

  private Produce produce() {
    List<Value> values = new ArrayList<>();
    field("values").getAsJsonArray().forEach(value -> values.add(value(value.getAsString())));
    Produce.Sending sending =
        new Produce.Sending(
            Produce.Durability.valueOf(text("durability")),
            whole("attempts"),
            flag("inOrder"),
            flag("idempotent"));
    String reason = line.has("reason") ? text("reason") : "";
    Produce.Written written = new Produce.Written(outcome(), number("offset"), reason);
    return new Produce(call(), partition, values, sending, written);
  }

  private Read read() {
    Read.Answer answer =
        new Read.Answer(
            records(),
            number("next"),
            number("highWatermark"),
            number("logStart"),
            line.has("lost") ? number("lost") : 0);
    Read.Kind kind = Read.Kind.valueOf(text("kind"));
    return new Read(call(), partition, kind, number("from"), answer);
  }

  private Resolve resolve() {
    Resolve.Question question =
        new Resolve.Question(
            Resolve.Position.valueOf(text("position")),
            line.has("time") ? number("time") : -1,
            flag("linearizable"));
    return new Resolve(call(), partition, question, number("offset"));
  }

  private Admin admin() {
    Admin.Action action = Admin.Action.valueOf(text("action"));
    long before = line.has("before") ? number("before") : -1;
    return new Admin(call(), action, partition, before, outcome());
  }

  private Call call() {
    long completed = line.has("completed") ? number("completed") : Call.NEVER;
    return new Call(number("id"), whole("client"), number("session"), number("invoked"), completed);
  }

  private Outcome outcome() {
    return Outcome.valueOf(text("outcome"));
  }

  private List<Seen> records() {
    List<Seen> records = new ArrayList<>();
    for (JsonElement element : field("records").getAsJsonArray()) {
      JsonArray one = element.getAsJsonArray();
      long time = one.size() > 2 ? one.get(2).getAsLong() : Seen.NO_TIME;
      records.add(new Seen(one.get(0).getAsLong(), value(one.get(1).getAsString()), time));
    }
    return records;
  }

  private Value value(String text) {
    if (text.equals("!")) {
      return Value.DAMAGED;
    }
    int first = text.indexOf(':');
    int second = text.indexOf(':', first + 1);
    int client = Integer.parseInt(text.substring(0, first));
    if (second < 0) {
      return new Value(client, Long.parseLong(text.substring(first + 1)), partition.topicId());
    }
    long sequence = Long.parseLong(text.substring(first + 1, second));
    return new Value(client, sequence, Long.parseLong(text.substring(second + 1)));
  }

  private boolean flag(String name) {
    return line.has(name) && field(name).getAsBoolean();
  }

  private String text(String name) {
    return field(name).getAsString();
  }

  private long number(String name) {
    return field(name).getAsLong();
  }

  private int whole(String name) {
    return field(name).getAsInt();
  }

  private JsonElement field(String name) {
    JsonElement element = line.get(name);
    if (element == null) {
      throw new IllegalArgumentException("It has no " + name + ".");
    }
    return element;
  }
}
