// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.List;

/** The line of an operation. What is at its usual value is left out. */
final class OperationToJson {
  private OperationToJson() {}

  static JsonObject of(Operation operation) {
    JsonObject line = new JsonObject();
    if (operation instanceof Produce produce) {
      produce(line, produce);
    } else if (operation instanceof Read read) {
      read(line, read);
    } else if (operation instanceof Resolve resolve) {
      resolve(line, resolve);
    } else if (operation instanceof Admin admin) {
      admin(line, admin);
    } else if (operation instanceof FinalRead whole) {
      head(line, "final", whole.call(), whole.partition());
      line.addProperty("logStart", whole.logStartOffset());
      line.addProperty("end", whole.endOffset());
      line.add("records", records(whole.records(), whole.partition()));
    } else if (operation instanceof ReplicaLog log) {
      head(line, "replica", log.call(), log.partition());
      line.addProperty("broker", log.broker());
      line.add("records", records(log.records(), log.partition()));
    } else {
      throw new IllegalStateException("No line for " + operation.getClass());
    }
    return line;
  }

  private static void produce(JsonObject line, Produce produce) {
    head(line, "produce", produce.call(), produce.partition());
    JsonArray values = new JsonArray();
    produce.values().forEach(value -> values.add(value(value, produce.partition())));
    line.add("values", values);
    Produce.Sending sending = produce.sending();
    line.addProperty("durability", sending.durability().name());
    line.addProperty("attempts", sending.attempts());
    flag(line, "inOrder", sending.inOrder());
    flag(line, "idempotent", sending.idempotent());
    Produce.Written written = produce.written();
    line.addProperty("outcome", written.outcome().name());
    line.addProperty("offset", written.firstOffset());
    if (!written.reason().isEmpty()) {
      line.addProperty("reason", written.reason());
    }
  }

  private static void read(JsonObject line, Read read) {
    head(line, "read", read.call(), read.partition());
    line.addProperty("kind", read.kind().name());
    line.addProperty("from", read.requestedOffset());
    Read.Answer answer = read.answer();
    line.addProperty("next", answer.nextOffset());
    line.addProperty("highWatermark", answer.highWatermark());
    line.addProperty("logStart", answer.logStartOffset());
    if (answer.lostRecords() != 0) {
      line.addProperty("lost", answer.lostRecords());
    }
    line.add("records", records(answer.records(), read.partition()));
  }

  private static void resolve(JsonObject line, Resolve resolve) {
    head(line, "resolve", resolve.call(), resolve.partition());
    Resolve.Question question = resolve.question();
    line.addProperty("position", question.position().name());
    if (question.timestampMillis() >= 0) {
      line.addProperty("time", question.timestampMillis());
    }
    flag(line, "linearizable", question.linearizable());
    line.addProperty("offset", resolve.offset());
  }

  private static void admin(JsonObject line, Admin admin) {
    head(line, "admin", admin.call(), admin.partition());
    line.addProperty("action", admin.action().name());
    if (admin.beforeOffset() >= 0) {
      line.addProperty("before", admin.beforeOffset());
    }
    line.addProperty("outcome", admin.outcome().name());
  }

  private static void head(JsonObject line, String op, Call call, PartitionId partition) {
    line.addProperty("op", op);
    line.addProperty("id", call.id());
    line.addProperty("client", call.client());
    line.addProperty("session", call.session());
    line.addProperty("invoked", call.invokedNanos());
    if (call.completed()) {
      line.addProperty("completed", call.completedNanos());
    }
    line.addProperty("topic", partition.topic());
    line.addProperty("topicId", partition.topicId());
    if (partition.known()) {
      line.addProperty("partition", partition.partition());
    }
  }

  private static JsonArray records(List<Seen> records, PartitionId partition) {
    JsonArray all = new JsonArray();
    for (Seen seen : records) {
      JsonArray one = new JsonArray();
      one.add(seen.offset());
      one.add(value(seen.value(), partition));
      if (seen.timestampMillis() != Seen.NO_TIME) {
        one.add(seen.timestampMillis());
      }
      all.add(one);
    }
    return all;
  }

  private static String value(Value value, PartitionId partition) {
    if (value.damaged()) {
      return "!";
    }
    String text = value.client() + ":" + value.sequence();
    return value.topicId() == partition.topicId() ? text : text + ":" + value.topicId();
  }

  private static void flag(JsonObject line, String name, boolean set) {
    if (set) {
      line.addProperty(name, true);
    }
  }
}
