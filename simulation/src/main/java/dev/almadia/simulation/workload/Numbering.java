// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.workload;

import java.util.SortedMap;
import java.util.TreeMap;

/** The numbers that a producer gives its records in one topic. */
final class Numbering {
  private final Caller caller;
  private final KnownTopic topic;
  private final String producerId;
  private final Outgoing.Choice choice;

  /** By partition if it names them; else the one number of all records has key 0. */
  private final SortedMap<Integer, Long> next = new TreeMap<>();

  private boolean lost;

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

  /** A batch with the next numbers, which begins now. */
  Outgoing begin(RecordMaker maker, String kind, long session) {
    int partition = caller.random().below(topic.partitions());
    int key = choice == Outgoing.Choice.NAMED ? partition : 0;
    Outgoing.Numbers numbers = new Outgoing.Numbers(producerId, next.getOrDefault(key, 1L));
    Outgoing batch =
        Outgoing.begin(
            caller,
            maker,
            topic,
            new Outgoing.Plan(kind, choice, partition, session, true, numbers));
    next.put(key, batch.lastSequence() + 1);
    return batch;
  }

  /** A batch was given up: it is not known any more which number comes next. */
  void lose() {
    lost = true;
  }

  boolean isLost() {
    return lost;
  }

  /** What a producer that keeps to the rules must never hear. */
  void check(Problem problem, String where) {
    boolean isWrong =
        problem.is("SEQUENCE_GAP")
            || problem.is("SEQUENCE_REGRESSED")
            || problem.is("PRODUCER_FENCED")
            || problem.is("UNKNOWN_PRODUCER_EPOCH")
            || problem.is("PRODUCER_NUMBERING_MIXED");
    if (isWrong && topic.isOnlyOne()) {
      caller
          .world()
          .conduct()
          .broken("G6", "a producer that keeps to the rules is served", where + ": " + problem);
    }
  }
}
