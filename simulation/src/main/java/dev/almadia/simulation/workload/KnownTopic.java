// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.workload;

import dev.almadia.history.PartitionId;

/**
 * One incarnation of a topic, as the clients know it from the answer to its creation.
 *
 * <p>Calls name topics, not incarnations. So that it is known which one a call means, a name is
 * only used again when no write for the incarnation before can still be on its way: see {@link
 * TopicSlot#mayCreate}.
 */
final class KnownTopic {
  private final String name;
  private final long topicId;
  private final int partitions;
  private final boolean synced;
  private boolean closing;
  private boolean replaced;
  private int writesUnderWay;
  private int looseWrites;

  KnownTopic(String name, long topicId, int partitions, boolean synced) {
    this.name = name;
    this.topicId = topicId;
    this.partitions = partitions;
    this.synced = synced;
  }

  String name() {
    return name;
  }

  long topicId() {
    return topicId;
  }

  int partitions() {
    return partitions;
  }

  /** Whether a power loss may take nothing that was acknowledged or read. */
  boolean isSynced() {
    return synced;
  }

  PartitionId partition(int number) {
    return new PartitionId(name, topicId, number);
  }

  /** Somebody is about to delete it: it is not chosen any more. */
  void close() {
    closing = true;
  }

  /** It stays after all: the deletion was refused. */
  void reopen() {
    closing = false;
  }

  boolean isOpen() {
    return !closing;
  }

  /** Somebody is about to create another topic by this name. */
  void replace() {
    replaced = true;
  }

  /** Whether a call by its name, begun before now, can only have met this incarnation. */
  boolean isOnlyOne() {
    return !replaced;
  }

  void writeBegins() {
    writesUnderWay++;
  }

  void writeEnds() {
    writesUnderWay--;
  }

  /** A request was given up and may still be on its way to a broker. */
  void writeIsLoose() {
    looseWrites++;
  }

  boolean hasWritesUnderWay() {
    return writesUnderWay > 0;
  }

  /** Whether a write that meant this incarnation can reach another one by the same name. */
  boolean hasLooseWrites() {
    return looseWrites > 0;
  }

  @Override
  public String toString() {
    return name + " (topic id " + topicId + ")";
  }
}
