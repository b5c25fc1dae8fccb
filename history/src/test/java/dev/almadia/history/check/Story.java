// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history.check;

import dev.almadia.history.Admin;
import dev.almadia.history.Call;
import dev.almadia.history.FinalRead;
import dev.almadia.history.History;
import dev.almadia.history.Operation;
import dev.almadia.history.Outcome;
import dev.almadia.history.PartitionId;
import dev.almadia.history.Produce;
import dev.almadia.history.Read;
import dev.almadia.history.ReplicaLog;
import dev.almadia.history.Resolve;
import dev.almadia.history.Seen;
import dev.almadia.history.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;

/**
 * A history made by hand. Operations follow each other (10 ns apart, 5 ns long) unless {@link #at}
 * says otherwise for the next one.
 */
final class Story {
  static final PartitionId P0 = new PartitionId("orders", 17, 0);
  static final PartitionId P1 = new PartitionId("orders", 17, 1);
  static final PartitionId BY_KEY = new PartitionId("orders", 17, PartitionId.UNKNOWN);
  static final PartitionId NEW_LIFE = new PartitionId("orders", 18, 0);

  private final List<Operation> operations = new ArrayList<>();
  private long invokedNanos = 10;
  private long completedNanos = 15;
  private int client = 1;

  /** Value number n of client 1 for the topic of P0. */
  static Value v(long number) {
    return new Value(1, number, 17);
  }

  static Seen seen(long offset, Value value) {
    return new Seen(offset, value);
  }

  /** Values v(n) at offset n. */
  static List<Seen> same(long from, long to) {
    return LongStream.range(from, to).mapToObj(number -> seen(number, v(number))).toList();
  }

  Story at(long fromNanos, long toNanos) {
    invokedNanos = fromNanos;
    completedNanos = toNanos;
    return this;
  }

  Story never() {
    completedNanos = Call.NEVER;
    return this;
  }

  /** Client (and session) of all that follows. */
  Story client(int number) {
    client = number;
    return this;
  }

  Story ack(long offset, Value... values) {
    return ack(P0, offset, values);
  }

  Story ack(PartitionId partition, long offset, Value... values) {
    return sent(Produce.Sending.ONCE, partition, values).last(p -> ((Produce) p).applied(offset));
  }

  Story ack(Produce.Sending sending, long offset, Value... values) {
    return sent(sending, P0, values).last(produce -> ((Produce) produce).applied(offset));
  }

  Story unknown(Value... values) {
    return sent(Produce.Sending.ONCE, P0, values);
  }

  Story refused(Value... values) {
    return sent(Produce.Sending.ONCE, P0, values).last(p -> ((Produce) p).notApplied("quota"));
  }

  Story sent(Produce.Sending sending, PartitionId partition, Value... values) {
    return add(Produce.begun(call(), partition, List.of(values), sending));
  }

  /** Acknowledges v(n) at offset n, one request each. */
  Story acks(long from, long to) {
    for (long number = from; number < to; number++) {
      ack(number, v(number));
    }
    return this;
  }

  Story fetch(long from, List<Seen> records) {
    return fetch(from, answer(from, records));
  }

  Story fetch(long from, Read.Answer answer) {
    return read(Read.Kind.FETCH, from, answer);
  }

  Story poll(long from, List<Seen> records) {
    return read(Read.Kind.SUBSCRIBE, from, answer(from, records));
  }

  Story read(Read.Kind kind, long from, Read.Answer answer) {
    return add(Read.begun(call(), P0, kind, from).answered(answer));
  }

  static Read.Answer answer(long from, List<Seen> records) {
    long next = records.isEmpty() ? from : records.get(records.size() - 1).offset() + 1;
    return new Read.Answer(records, next, -1, -1, 0);
  }

  Story resolve(Resolve.Question question, long offset) {
    return add(Resolve.begun(call(), P0, question).answered(offset));
  }

  Story admin(Admin.Action action, long topicId) {
    return add(Admin.begun(call(), action, "orders", topicId).ended(Outcome.APPLIED));
  }

  Story trim(long beforeOffset) {
    return add(Admin.trim(call(), P0, beforeOffset).ended(Outcome.UNKNOWN));
  }

  Story end(List<Seen> records) {
    long start = records.isEmpty() ? 0 : records.get(0).offset();
    long end = records.isEmpty() ? 0 : records.get(records.size() - 1).offset() + 1;
    return end(P0, start, end, records);
  }

  Story end(PartitionId partition, long start, long end, List<Seen> records) {
    return add(FinalRead.begun(call(), partition).answered(start, end, records));
  }

  Story replica(int broker, List<Seen> records) {
    return add(ReplicaLog.begun(call(), P0, broker).answered(records));
  }

  History history() {
    return new History(operations);
  }

  private Call call() {
    Call call = new Call(operations.size(), client, client, invokedNanos, completedNanos);
    invokedNanos += 10;
    completedNanos = invokedNanos + 5;
    return call;
  }

  private Story add(Operation operation) {
    operations.add(operation);
    return this;
  }

  private Story last(UnaryOperator<Operation> change) {
    int index = operations.size() - 1;
    operations.set(index, change.apply(operations.get(index)));
    return this;
  }
}
