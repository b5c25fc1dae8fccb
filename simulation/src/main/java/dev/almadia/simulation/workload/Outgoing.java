// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.workload;

import com.google.protobuf.ByteString;
import dev.almadia.broker.core.record.Murmur2;
import dev.almadia.history.Outcome;
import dev.almadia.history.PartitionId;
import dev.almadia.history.Produce;
import dev.almadia.history.Recorder;
import dev.almadia.history.Value;
import dev.almadia.v1.Durability;
import dev.almadia.v1.PartitionResult;
import dev.almadia.v1.Record;
import dev.almadia.v1.RecordBatch;
import dev.almadia.v1.RecordSet;
import dev.almadia.v1.WriteOutcome;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A batch on its way, from its first sending to what is finally known of it. The history has one
 * operation for each partition that gets a part: a part is atomic, the batch is not.
 */
final class Outgoing {
  /** Who chooses the partition. */
  enum Choice {
    /** The client names it. */
    NAMED,
    /** The keys of the records. */
    KEYED,
    /** The broker: records have no key. */
    BROKER
  }

  /**
   * What the batch is for.
   *
   * @param kind for the counts
   * @param choice who chooses the partition
   * @param partition the one that the client names, if it does
   * @param session of the history
   * @param inOrder see {@link Produce.Sending}
   * @param numbers if the producer names itself and numbers its records
   */
  record Plan(
      String kind,
      Choice choice,
      int partition,
      long session,
      boolean inOrder,
      @Nullable Numbers numbers) {}

  /**
   * How a batch is numbered. All of it is sent each time, also what is applied already.
   *
   * @param producerId the producer's name for itself
   * @param firstSequence of the first record
   */
  record Numbers(String producerId, long firstSequence) {}

  /** What goes to one partition. */
  private static final class Part {
    private final List<Value> values = new ArrayList<>();
    private final List<Integer> indexes = new ArrayList<>();
    private Recorder.@Nullable Begun<Produce> begun;
    private int copiesMax;
    private String reason = "";
    private boolean done;
    private boolean refused;
    private long lastSequence;
    private long offset = Produce.NO_OFFSET;
  }

  /** A record and where it belongs. */
  private record Item(Record record, Part part) {}

  private final ClientWorld world;
  private final KnownTopic topic;
  private final Plan plan;
  private final List<Item> items = new ArrayList<>();

  /** By partition; the one key is {@link PartitionId#UNKNOWN} if the broker chooses. */
  private final SortedMap<Integer, Part> parts = new TreeMap<>();

  private boolean fenced;
  private boolean closed;

  private Outgoing(ClientWorld world, KnownTopic topic, Plan plan) {
    this.world = world;
    this.topic = topic;
    this.plan = plan;
  }

  /** A new batch, which begins now. */
  static Outgoing begin(Caller caller, RecordMaker maker, KnownTopic topic, Plan plan) {
    Outgoing made = new Outgoing(caller.world(), topic, plan);
    int count = maker.count();
    for (int i = 0; i < count; i++) {
      made.add(maker);
    }
    made.parts.forEach((number, part) -> made.record(caller.client(), number, part));
    topic.writeBegins();
    return made;
  }

  private void add(RecordMaker maker) {
    Value value = maker.next(topic);
    Record.Builder record = maker.record(value);
    int number =
        switch (plan.choice()) {
          case NAMED -> plan.partition();
          case KEYED -> {
            ByteString key = maker.key();
            record.setKey(key);
            yield Murmur2.partition(key.toByteArray(), 0, key.size(), topic.partitions());
          }
          case BROKER -> keylessPartition();
        };
    Part part = parts.get(number);
    if (part == null) {
      part = new Part();
      parts.put(number, part);
    }
    part.values.add(value);
    if (plan.numbers() != null) {
      part.lastSequence = plan.numbers().firstSequence() + items.size();
    }
    items.add(new Item(record.build(), part));
  }

  /** Where the broker puts records without a key: anywhere, or where the producer's name says. */
  private int keylessPartition() {
    Numbers numbers = plan.numbers();
    if (numbers == null) {
      return PartitionId.UNKNOWN;
    }
    byte[] name = numbers.producerId().getBytes(StandardCharsets.UTF_8);
    return Murmur2.partition(name, 0, name.length, topic.partitions());
  }

  private void record(int client, int number, Part part) {
    Produce.Sending sending =
        new Produce.Sending(Produce.Durability.SYNCED, 1, plan.inOrder(), plan.numbers() != null);
    part.begun =
        world
            .recorder()
            .begin(
                client,
                plan.session(),
                call -> Produce.begun(call, topic.partition(number), part.values, sending));
  }

  KnownTopic topic() {
    return topic;
  }

  /** The partition that the request has to name, null if it names none. */
  @Nullable Integer namedPartition() {
    return plan.choice() == Choice.NAMED ? plan.partition() : null;
  }

  /** Sequence of the first record, 0 if they have none. */
  long firstSequence() {
    Numbers numbers = plan.numbers();
    return numbers == null ? 0 : numbers.firstSequence();
  }

  /** Sequence of the last record. */
  long lastSequence() {
    return firstSequence() + items.size() - 1;
  }

  /** What is still to be sent. */
  RecordBatch batch() {
    RecordSet.Builder records = RecordSet.newBuilder();
    parts.values().forEach(part -> part.indexes.clear());
    for (Item item : items) {
      if (!item.part().done || plan.numbers() != null) {
        item.part().indexes.add(records.getRecordsCount());
        records.addRecords(item.record());
      }
    }
    return RecordBatch.newBuilder()
        .setRecords(records)
        .setRecordCount(records.getRecordsCount())
        .build();
  }

  /** Whether all of it is known to be applied, or given up. */
  boolean isDone() {
    return parts.values().stream().allMatch(part -> part.done);
  }

  /**
   * The answer to what was sent last.
   *
   * @return why some of it failed, null if nothing did
   */
  @Nullable Problem answered(List<PartitionResult> results, String where) {
    Problem problem = null;
    int before = -1;
    int open = 0;
    for (Part part : parts.values()) {
      open += isSent(part) ? 1 : 0;
    }
    for (PartitionResult result : results) {
      Part part = parts.get(placeOf(result));
      if (part == null || !isSent(part) || result.getPartition() <= before || !fits(part, result)) {
        wrongPart(result, where);
        return problem;
      }
      before = result.getPartition();
      open--;
      if (isThere(result)) {
        applied(part, result, where);
      } else {
        Problem failure = Problem.ofPart(result.getFailure());
        world.conduct().check(where, failure, false);
        checkOutcome(result, failure, where);
        attemptFailed(part, failure, failure.outcome());
        problem = failure;
      }
    }
    if (open != 0) {
      world.conduct().wrong("each part has a result", where + ": " + open + " have none");
    }
    return problem;
  }

  private boolean isSent(Part part) {
    return !part.done || plan.numbers() != null;
  }

  private int placeOf(PartitionResult result) {
    boolean anywhere = plan.choice() == Choice.BROKER && plan.numbers() == null;
    return anywhere ? PartitionId.UNKNOWN : result.getPartition();
  }

  private boolean isThere(PartitionResult result) {
    return result.getOutcome() == WriteOutcome.WRITE_OUTCOME_APPLIED
        || (result.getOutcome() == WriteOutcome.WRITE_OUTCOME_DUPLICATE && plan.numbers() != null);
  }

  private void wrongPart(PartitionResult result, String where) {
    world
        .conduct()
        .wrong(
            "a result is of a part that was sent",
            where
                + ": partition "
                + result.getPartition()
                + ", "
                + result.getRecordCount()
                + " records, to "
                + topic);
  }

  private boolean fits(Part part, PartitionResult result) {
    boolean named = plan.choice() == Choice.NAMED;
    return result.getPartition() >= 0
        && result.getPartition() < topic.partitions()
        && result.getRecordCount() == part.values.size()
        && (!isThere(result) || result.getLastSequence() == part.lastSequence)
        && result.getRecordIndexesList().equals(named ? List.of() : part.indexes);
  }

  private void checkOutcome(PartitionResult result, Problem failure, String where) {
    boolean refused = result.getOutcome() == WriteOutcome.WRITE_OUTCOME_NOT_APPLIED;
    boolean unknown = result.getOutcome() == WriteOutcome.WRITE_OUTCOME_UNKNOWN;
    if (refused != (failure.outcome() == Outcome.NOT_APPLIED) || !(refused || unknown)) {
      world
          .conduct()
          .broken("G7", "a failed part tells its outcome", where + ": " + result.getOutcome());
    }
  }

  /** All that was sent last failed so. */
  void failed(Problem problem) {
    failed(problem, problem.outcome());
  }

  /** All that was sent last failed so, and this is known of it. */
  void failed(Problem problem, Outcome outcome) {
    for (Part part : parts.values()) {
      if (!part.done) {
        attemptFailed(part, problem, outcome);
      }
    }
  }

  private void attemptFailed(Part part, Problem problem, Outcome outcome) {
    if (part.done) {
      return;
    }
    part.reason = problem.reason().isEmpty() ? problem.code().name() : problem.reason();
    if (outcome != Outcome.NOT_APPLIED) {
      part.copiesMax++;
      if (problem.isOfLibrary()) {
        topic.writeIsLoose();
      }
    }
  }

  /** Its number of each partition's last record. */
  SortedMap<Integer, Long> lastSequences() {
    SortedMap<Integer, Long> last = new TreeMap<>();
    parts.forEach((number, part) -> last.put(number, part.lastSequence));
    return last;
  }

  /**
   * The producer was opened again: what the log has of it is told, and no earlier sending of it
   * will ever be applied.
   *
   * @param lastSequences of the producer, by partition
   */
  void settled(SortedMap<Integer, Long> lastSequences, String where) {
    parts.forEach(
        (number, part) -> {
          long last = lastSequences.getOrDefault(number, 0L);
          long before = part.lastSequence - (part.values.size() - 1);
          if (part.done) {
            return;
          }
          if (last >= part.lastSequence) {
            complete(part, sent -> sent.applied(Produce.NO_OFFSET), Outcome.APPLIED);
          } else if (last >= before && plan.choice() == Choice.NAMED) {
            world
                .conduct()
                .broken("G2", "a part is there as a whole", where + ": " + last + " of " + this);
          } else {
            part.copiesMax = 0;
            part.reason = "PRODUCER_FENCED";
          }
        });
    if (isDone()) {
      close();
    }
  }

  /** It is sent by a producer that was opened again since: nothing of it must ever be applied. */
  void fence() {
    fenced = true;
  }

  boolean isFenced() {
    return fenced;
  }

  /** Nothing more is sent: what is not applied stays as it is known. */
  void close() {
    if (closed) {
      return;
    }
    closed = true;
    for (Part part : parts.values()) {
      if (!part.done) {
        boolean refused = part.copiesMax == 0 || fenced;
        complete(
            part,
            sent ->
                refused
                    ? sent.notApplied(part.reason)
                    : sent.attempts(part.copiesMax).unknown(part.reason),
            refused ? Outcome.NOT_APPLIED : Outcome.UNKNOWN);
      }
    }
    topic.writeEnds();
  }

  private void complete(Part part, UnaryOperator<Produce> how, Outcome outcome) {
    part.done = true;
    part.refused = outcome == Outcome.NOT_APPLIED;
    world.counts().add(plan.kind(), outcome);
    Recorder.Begun<Produce> begun = part.begun;
    if (begun != null) {
      begun.complete(how);
    }
  }

  private void applied(Part part, PartitionResult result, String where) {
    boolean again = result.getOutcome() == WriteOutcome.WRITE_OUTCOME_DUPLICATE;
    if (fenced) {
      world
          .conduct()
          .broken("G6", "a fenced producer appends nothing", where + ": " + result.getOutcome());
    }
    if (part.done) {
      appliedBefore(part, result, where);
      return;
    }
    Produce.Durability durability =
        result.getDurability() == Durability.DURABILITY_QUORUM_BUFFERED
            ? Produce.Durability.BUFFERED
            : Produce.Durability.SYNCED;
    boolean numbered = plan.numbers() != null;
    Produce.Sending sending =
        new Produce.Sending(durability, part.copiesMax + 1, plan.inOrder(), numbered);
    // Copies of attempts before may be anywhere if the broker chooses: then the place says nothing.
    boolean placed = plan.choice() != Choice.BROKER || part.copiesMax == 0 || numbered;
    boolean told = placed && result.getFirstOffset() >= 0;
    part.offset = result.getFirstOffset();
    complete(
        part,
        produce -> {
          Produce sent =
              Produce.begun(produce.call(), produce.partition(), produce.values(), sending);
          return told
              ? sent.applied(result.getPartition(), result.getFirstOffset())
              : sent.applied(Produce.NO_OFFSET);
        },
        Outcome.APPLIED);
    if (again) {
      world.counts().add(plan.kind(), "duplicate");
    }
    if (result.getFirstOffset() >= 0) {
      world.acknowledged(
          topic.partition(result.getPartition()), result.getFirstOffset(), result.getRecordCount());
    }
  }

  private void appliedBefore(Part part, PartitionResult result, String where) {
    world.counts().add(plan.kind(), "duplicate");
    boolean elsewhere =
        part.offset >= 0 && result.getFirstOffset() >= 0 && part.offset != result.getFirstOffset();
    if (elsewhere) {
      String offsets = part.offset + ", then " + result.getFirstOffset();
      world
          .conduct()
          .broken("G6", "a record that is there stays the only one", where + ": " + offsets);
    }
    if (part.refused) {
      world.conduct().broken("G7", "what is not applied never will be", where + ": " + this);
    }
  }

  @Override
  public String toString() {
    return items.size() + " records from " + firstSequence() + " for " + topic;
  }
}
