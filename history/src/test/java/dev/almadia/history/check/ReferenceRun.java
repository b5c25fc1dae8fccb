// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history.check;

import dev.almadia.history.Admin;
import dev.almadia.history.FinalRead;
import dev.almadia.history.History;
import dev.almadia.history.Outcome;
import dev.almadia.history.PartitionId;
import dev.almadia.history.Produce;
import dev.almadia.history.Read;
import dev.almadia.history.Recorder;
import dev.almadia.history.ReplicaLog;
import dev.almadia.history.Resolve;
import dev.almadia.history.Seen;
import dev.almadia.history.Value;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;

/**
 * A correct broker that fits on a page, and random clients on it: retries, unknown outcomes, late
 * effects, pipelines, trims, topics deleted and made again. Its histories break no rule.
 */
final class ReferenceRun {
  private record Event(long nanos, long number, Runnable action) {}

  /** One partition of one life of the topic. */
  private static final class Log {
    private final PartitionId id;
    private final List<Seen> records = new ArrayList<>();
    private long start;

    private Log(PartitionId id) {
      this.id = id;
    }

    private List<Seen> from(long offset, int most) {
      int first = (int) Math.max(offset, start);
      return List.copyOf(records.subList(first, Math.min(first + most, records.size())));
    }
  }

  private final class Client {
    private final int number;
    private long session;
    private long sequence;
    private boolean subscribed;
    private long subscribedTopicId;
    private long position;
    private long lastEffectNanos;

    private Client(int number) {
      this.number = number;
      this.session = 1000L * number;
    }

    private List<Value> values(int count) {
      List<Value> values = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        values.add(new Value(number, sequence++, topicId));
      }
      return values;
    }
  }

  private static final int PARTITIONS = 2;
  private static final int BROKERS = 3;

  /** Offset of a copy that is in the next life of the topic. */
  private static final long ELSEWHERE = -2;

  private final Random random;
  private final PriorityQueue<Event> events =
      new PriorityQueue<>(Comparator.comparingLong(Event::nanos).thenComparingLong(Event::number));
  private final Recorder recorder = new Recorder(() -> this.nowNanos);
  private final List<Client> clients = new ArrayList<>();
  private final List<Log> logs = new ArrayList<>();
  private long nowNanos;
  private long eventCount;
  private long topicId = 17;
  private int stepsLeft;

  private ReferenceRun(long seed, int steps) {
    this.random = new Random(seed);
    this.stepsLeft = steps;
  }

  /** A correct history. */
  static History of(long seed, int steps) {
    return new ReferenceRun(seed, steps).run();
  }

  private History run() {
    live();
    for (int i = 0; i < 6; i++) {
      Client client = new Client(i);
      clients.add(client);
      after(random.nextInt(50), () -> step(client));
    }
    drain();
    close();
    return recorder.history();
  }

  private void drain() {
    for (Event event = events.poll(); event != null; event = events.poll()) {
      nowNanos = event.nanos();
      event.action().run();
    }
  }

  private void after(long nanos, Runnable action) {
    events.add(new Event(nowNanos + nanos, eventCount++, action));
  }

  private void live() {
    logs.clear();
    for (int i = 0; i < PARTITIONS; i++) {
      logs.add(new Log(new PartitionId("orders", topicId, i)));
    }
  }

  private Log pick() {
    return logs.get(random.nextInt(PARTITIONS));
  }

  private boolean alive(Log log) {
    return log.id.topicId() == topicId;
  }

  private void next(Client client) {
    after(1 + random.nextInt(30), () -> step(client));
  }

  private void step(Client client) {
    if (stepsLeft-- <= 0) {
      return;
    }
    int chance = random.nextInt(100);
    if (chance < 35) {
      produce(client);
    } else if (chance < 45) {
      stream(client);
    } else if (chance < 60) {
      fetch(client);
    } else if (chance < 80) {
      poll(client, Read.Kind.SUBSCRIBE, 1 + random.nextInt(8));
    } else if (chance < 97) {
      resolve(client);
    } else if (chance < 99) {
      trim(client);
    } else {
      recreate(client);
    }
  }

  private void produce(Client client) {
    Log log = pick();
    int attempts = 1 + random.nextInt(3) / 2 * (1 + random.nextInt(2));
    boolean byKey = random.nextInt(5) == 0;
    var sending =
        new Produce.Sending(Produce.Durability.SYNCED, attempts, false, random.nextInt(3) == 0);
    PartitionId told = byKey ? new PartitionId("orders", topicId, -1) : log.id;
    List<Value> values = client.values(1 + random.nextInt(4));
    var begun =
        recorder.begin(
            client.number, client.session, call -> Produce.begun(call, told, values, sending));
    List<Long> copies = new ArrayList<>();
    boolean[] open = new boolean[attempts];
    long delayNanos = 0;
    for (int i = 0; i < attempts; i++) {
      delayNanos += 1 + random.nextInt(40);
      int attempt = i;
      if (random.nextInt(5) > 0) {
        open[i] = true;
        long lateNanos = random.nextInt(6) == 0 ? random.nextInt(400) : 0;
        after(
            delayNanos + lateNanos,
            () -> {
              open[attempt] = false;
              append(log, values, sending.idempotent(), copies);
            });
      }
    }
    after(
        delayNanos + 1 + random.nextInt(40),
        () -> {
          boolean pending = false;
          for (boolean one : open) {
            pending |= one;
          }
          answer(client, begun, log, copies, pending);
          next(client);
        });
  }

  private void answer(
      Client client, Recorder.Begun<Produce> begun, Log log, List<Long> copies, boolean pending) {
    int chance = random.nextInt(10);
    long offset = copies.isEmpty() ? ELSEWHERE : copies.get(copies.size() - 1);
    if (chance == 0) {
      client.session++;
      client.subscribed = false;
    } else if (offset >= 0 && chance < 9) {
      boolean toldNothing = chance == 1;
      begun.complete(
          produce ->
              produce.partition().known() || !toldNothing
                  ? produce.applied(log.id.partition(), offset)
                  : produce.applied(Produce.NO_OFFSET));
    } else if (copies.isEmpty() && !pending && chance < 6) {
      begun.complete(produce -> produce.notApplied("not leader"));
    } else {
      begun.complete(produce -> produce.unknown("timeout"));
    }
  }

  /** An attempt takes effect, maybe in the next life of its topic, which nobody is told. */
  private void append(Log log, List<Value> values, boolean once, List<Long> copies) {
    if (once && !copies.isEmpty()) {
      return;
    }
    Log there = log;
    if (!alive(log)) {
      if (random.nextBoolean()) {
        return;
      }
      there = logs.get(log.id.partition());
      copies.add(ELSEWHERE);
    } else {
      copies.add((long) log.records.size());
    }
    for (Value value : values) {
      long millis = nowNanos / 100 + random.nextInt(5);
      there.records.add(new Seen(there.records.size(), value, millis));
    }
  }

  /** A pipeline: the next request goes out before this one is answered. */
  private void stream(Client client) {
    Log log = pick();
    List<Value> values = client.values(1 + random.nextInt(3));
    var begun =
        recorder.begin(
            client.number,
            client.session,
            call -> Produce.begun(call, log.id, values, Produce.Sending.STREAMED));
    client.lastEffectNanos = Math.max(client.lastEffectNanos, nowNanos) + 1 + random.nextInt(60);
    List<Long> copies = new ArrayList<>();
    long effectNanos = client.lastEffectNanos - nowNanos;
    if (random.nextInt(6) > 0) {
      after(effectNanos, () -> append(log, values, true, copies));
    }
    after(effectNanos + random.nextInt(60) + 1, () -> answer(client, begun, log, copies, false));
    next(client);
  }

  private void fetch(Client client) {
    Log log = pick();
    long from = random.nextInt(log.records.size() + 1);
    var begun =
        recorder.begin(
            client.number, client.session, call -> Read.begun(call, log.id, Read.Kind.FETCH, from));
    read(client, begun, log, from, 1 + random.nextInt(8));
  }

  private void poll(Client client, Read.Kind kind, int most) {
    Log log = logs.get(client.number % PARTITIONS);
    if (client.subscribedTopicId != topicId) {
      client.subscribed = false;
      client.session++;
      client.subscribedTopicId = topicId;
    }
    long from = client.subscribed ? Read.ON : random.nextInt(log.records.size() + 1);
    long position = client.subscribed ? client.position : from;
    var begun =
        recorder.begin(client.number, client.session, call -> Read.begun(call, log.id, kind, from));
    read(client, begun, log, position, most);
  }

  private void read(Client client, Recorder.Begun<Read> begun, Log log, long from, int most) {
    long effectNanos = 1 + random.nextInt(40);
    boolean lost = random.nextInt(10) == 0 && stepsLeft > 0;
    after(
        effectNanos,
        () -> {
          Read.Answer answer = alive(log) && !lost ? look(log, from, most) : Read.Answer.FAILED;
          after(
              1 + random.nextInt(20),
              () -> {
                begun.complete(
                    read -> {
                      boolean same = read.call().session() == client.session;
                      if (same && read.kind() != Read.Kind.FETCH && answer.nextOffset() >= 0) {
                        client.subscribed = true;
                        client.position = answer.nextOffset();
                      }
                      return read.answered(answer);
                    });
                next(client);
              });
        });
  }

  private static Read.Answer look(Log log, long from, int most) {
    long first = Math.max(from, log.start);
    List<Seen> records = log.from(from, most);
    long size = log.records.size();
    return new Read.Answer(records, first + records.size(), size, log.start, first - from);
  }

  private void resolve(Client client) {
    Log log = pick();
    boolean linearizable = random.nextInt(4) > 0;
    Resolve.Position position = Resolve.Position.values()[random.nextInt(3)];
    long millis = position == Resolve.Position.TIME ? random.nextInt((int) nowNanos / 100 + 3) : -1;
    var question = new Resolve.Question(position, millis, linearizable);
    var begun =
        recorder.begin(
            client.number, client.session, call -> Resolve.begun(call, log.id, question));
    after(
        1 + random.nextInt(40),
        () -> {
          long offset = alive(log) ? look(log, question) : Resolve.FAILED;
          after(
              1 + random.nextInt(20),
              () -> {
                begun.complete(resolve -> resolve.answered(offset));
                next(client);
              });
        });
  }

  private long look(Log log, Resolve.Question question) {
    int size = log.records.size();
    return switch (question.position()) {
      case EARLIEST -> log.start;
      case LATEST -> question.linearizable() ? size : random.nextInt(size + 1);
      case TIME -> {
        long offset = log.start;
        while (offset < size
            && log.records.get((int) offset).timestampMillis() < question.timestampMillis()) {
          offset++;
        }
        yield offset;
      }
    };
  }

  private void trim(Client client) {
    Log log = pick();
    long before = random.nextInt(log.records.size() / 3 + 1);
    var begun =
        recorder.begin(client.number, client.session, call -> Admin.trim(call, log.id, before));
    after(
        1 + random.nextInt(40),
        () -> {
          log.start = Math.max(log.start, before);
          begun.complete(admin -> admin.ended(Outcome.UNKNOWN));
          next(client);
        });
  }

  private void recreate(Client client) {
    long old = topicId;
    var delete =
        recorder.begin(
            client.number,
            client.session,
            call -> Admin.begun(call, Admin.Action.DELETE, "orders", old));
    delete.complete(admin -> admin.ended(Outcome.APPLIED));
    var create =
        recorder.begin(
            client.number,
            client.session,
            call -> Admin.begun(call, Admin.Action.CREATE, "orders", 0));
    topicId++;
    long made = topicId;
    live();
    after(
        1 + random.nextInt(40),
        () -> {
          create.complete(admin -> admin.created(made));
          next(client);
        });
  }

  private void close() {
    for (Client client : clients) {
      nowNanos += 100;
      poll(client, Read.Kind.DRAIN, Integer.MAX_VALUE / 2);
      drain();
    }
    for (Log log : logs) {
      nowNanos += 100;
      var whole = recorder.begin(0, 0, call -> FinalRead.begun(call, log.id));
      nowNanos += 10;
      long end = log.records.size();
      List<Seen> all = log.from(0, Integer.MAX_VALUE / 2);
      whole.complete(read -> read.answered(log.start, end, all));
      for (int broker = 1; broker <= BROKERS; broker++) {
        int number = broker;
        var replica = recorder.begin(0, 0, call -> ReplicaLog.begun(call, log.id, number));
        nowNanos += 10;
        int count = broker == 1 ? all.size() / 2 : all.size();
        replica.complete(look -> look.answered(all.subList(0, count)));
      }
    }
  }
}
