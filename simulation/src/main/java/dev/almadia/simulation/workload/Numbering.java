// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.workload;

import dev.almadia.v1.ProducerPosition;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a producer that names itself knows of its records in one topic: their numbers, and what is
 * not acknowledged yet. What an opening tells is judged here: it ends all doubt about what was sent
 * before.
 */
final class Numbering {
  private final Caller caller;
  private final KnownTopic topic;
  private final String producerId;
  private final Outgoing.Choice choice;
  private final SortedMap<Integer, Long> acknowledged = new TreeMap<>();
  private final SortedMap<Integer, Long> sent = new TreeMap<>();

  /** By partition if it names them; else the one number of all records has key 0. */
  private final SortedMap<Integer, Long> next = new TreeMap<>();

  /** In order: from the first that was sent and is not known to be applied. */
  private final Deque<Outgoing> open = new ArrayDeque<>();

  private long epoch;
  private boolean openingLost;
  private boolean mustOpen;

  /**
   * Nothing was sent yet.
   *
   * @param choice who chooses partitions: the numbering differs
   */
  Numbering(Caller caller, KnownTopic topic, String producerId, Outgoing.Choice choice) {
    this.caller = caller;
    this.topic = topic;
    this.producerId = producerId;
    this.choice = choice;
  }

  KnownTopic topic() {
    return topic;
  }

  /** The same numbers for a stream that another one has taken the place of. */
  Numbering copy() {
    Numbering copy = new Numbering(caller, topic, producerId, choice);
    copy.next.putAll(next);
    return copy;
  }

  /** An opening has no answer: it may raise the epoch at any time. */
  void openingLost() {
    openingLost = true;
  }

  /** The newest epoch that an opening gave, 0 before the first. */
  long epoch() {
    return epoch;
  }

  /** Whether something was sent and is in doubt. */
  boolean isInDoubt() {
    forgetDone();
    return !open.isEmpty();
  }

  /** A batch with the next numbers, which begins now. */
  Outgoing begin(RecordMaker maker, String kind, int partition, long session) {
    boolean named = choice == Outgoing.Choice.NAMED;
    long first = next.getOrDefault(named ? partition : 0, 1L);
    Outgoing batch =
        Outgoing.begin(
            caller,
            maker,
            topic,
            new Outgoing.Plan(
                kind, choice, partition, session, true, new Outgoing.Numbers(producerId, first)));
    next.put(named ? partition : 0, batch.lastSequence() + 1);
    return batch;
  }

  /** A batch is about to be sent; it counts as open until it is known to be applied. */
  void sending(Outgoing batch) {
    forgetDone();
    batch.lastSequences().forEach((partition, last) -> sent.merge(partition, last, Math::max));
    if (!batch.isDone() && !open.contains(batch)) {
      open.add(batch);
    }
  }

  /** What is done behind something that is not stays: on a stream nothing may be left out. */
  private void forgetDone() {
    for (Outgoing batch : open) {
      if (batch.isDone()) {
        batch
            .lastSequences()
            .forEach((partition, last) -> acknowledged.merge(partition, last, Math::max));
      }
    }
    while (!open.isEmpty() && open.element().isDone()) {
      open.remove();
    }
  }

  /** Nothing more is sent of what is open; what becomes of it stays unknown. */
  void abandon() {
    forgetDone();
    mustOpen |= !open.isEmpty();
    open.forEach(Outgoing::close);
    open.clear();
  }

  /** A batch was given up: it is not known any more which number comes next. */
  void lose() {
    mustOpen = true;
  }

  /** Whether the next numbers are not known: only an opening tells them. */
  boolean mustOpen() {
    return mustOpen;
  }

  /**
   * The producer was opened.
   *
   * @param givesUp what is not in the log yet is given up, and its numbers are used again
   * @return what is to be sent again, in order
   */
  List<Outgoing> opened(
      long newEpoch, List<ProducerPosition> positions, boolean givesUp, String where) {
    forgetDone();
    SortedMap<Integer, Long> last = new TreeMap<>();
    positions.forEach(one -> last.put(one.getPartition(), one.getLastSequence()));
    judge(newEpoch, positions, last, where);
    epoch = newEpoch;
    open.forEach(batch -> batch.settled(last, where));
    if (givesUp || open.stream().allMatch(Outgoing::isDone)) {
      abandon();
      mustOpen = false;
      acknowledged.clear();
      acknowledged.putAll(last);
      sent.clear();
      sent.putAll(last);
      startBehind(last);
      return List.of();
    }
    return sentAgain();
  }

  /** From the first that is not there on; sometimes also some before it, to be told so. */
  private List<Outgoing> sentAgain() {
    List<Outgoing> again = new ArrayList<>(open);
    while (!again.isEmpty() && again.get(0).isDone() && !caller.random().chance(0.3)) {
      again.remove(0);
    }
    return again;
  }

  private void startBehind(SortedMap<Integer, Long> last) {
    next.clear();
    if (choice == Outgoing.Choice.NAMED) {
      last.forEach((partition, sequence) -> next.put(partition, sequence + 1));
    } else {
      next.put(0, last.values().stream().mapToLong(Long::longValue).max().orElse(0) + 1);
    }
  }

  private void judge(
      long newEpoch,
      List<ProducerPosition> positions,
      SortedMap<Integer, Long> last,
      String where) {
    if (last.size() != topic.partitions() || positions.size() != last.size()) {
      caller
          .world()
          .conduct()
          .wrong("an opening tells of each partition", where + ": " + positions.size());
    }
    if (newEpoch <= epoch) {
      broken("an opening raises the epoch", where + ": " + newEpoch + " after " + epoch);
    }
    acknowledged.forEach(
        (partition, sequence) -> {
          if (last.getOrDefault(partition, 0L) < sequence) {
            broken(
                "an opening tells what was acknowledged",
                where + ": " + last.get(partition) + " instead of " + sequence + ", " + partition);
          }
        });
    last.forEach(
        (partition, sequence) -> {
          if (sequence > sent.getOrDefault(partition, 0L)) {
            broken(
                "an opening tells only what was sent",
                where + ": " + sequence + " instead of " + sent.get(partition) + ", " + partition);
          }
        });
  }

  /** What is acknowledged from memory may be lost, and numbers with it. */
  private boolean isJudged() {
    return topic.isOnlyOne() && topic.isSynced();
  }

  private void broken(String rule, String text) {
    if (isJudged()) {
      caller.world().conduct().broken("G6", rule, text);
    }
  }

  /** What a producer that keeps to the rules must never hear. */
  void check(Problem problem, boolean mayBeFenced, String where) {
    boolean isWrongNumber =
        problem.is("SEQUENCE_GAP")
            || problem.is("SEQUENCE_REGRESSED")
            || problem.is("UNKNOWN_PRODUCER_EPOCH")
            || problem.is("PRODUCER_NUMBERING_MIXED");
    boolean isWronglyFenced = problem.is("PRODUCER_FENCED") && !mayBeFenced && !openingLost;
    if (isWrongNumber || isWronglyFenced) {
      broken("a producer that keeps to the rules is served", where + ": " + problem);
    }
  }

  /** Draws a partition. */
  int anyPartition() {
    return caller.random().below(topic.partitions());
  }
}
