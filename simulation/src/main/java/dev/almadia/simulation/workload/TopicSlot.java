// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.workload;

import org.jspecify.annotations.Nullable;

/** A topic name of one administrator, through its incarnations. Only he changes what has it. */
final class TopicSlot {
  private final String name;
  private @Nullable KnownTopic topic;
  private @Nullable KnownTopic before;
  private boolean unsure;
  private boolean busy;

  TopicSlot(String name) {
    this.name = name;
  }

  String name() {
    return name;
  }

  /** The incarnation that exists, null if none is known to. */
  @Nullable KnownTopic topic() {
    return topic;
  }

  /** The incarnation before, null if there was none. */
  @Nullable KnownTopic last() {
    return before;
  }

  /** It exists from now on. */
  void created(KnownTopic made) {
    topic = made;
  }

  /** It does not exist any more. */
  void deleted() {
    before = topic;
    topic = null;
  }

  /** A change had an unknown outcome: its request may be on its way for ever. */
  void becomesUnsure() {
    unsure = true;
  }

  /** Whether nobody will ever know for sure which incarnation a call by this name meant. */
  boolean isSpoilt() {
    KnownTopic last = before;
    return unsure || (last != null && last.hasLooseWrites());
  }

  /** Whether another topic may get the name, without any doubt which one a call means. */
  boolean mayCreate() {
    KnownTopic last = before;
    return topic == null && !isSpoilt() && (last == null || !last.hasWritesUnderWay());
  }

  /** Another topic is about to get the name. */
  void replace() {
    KnownTopic last = before;
    if (last != null) {
      last.replace();
    }
  }

  /** Whether a change is under way. */
  boolean isBusy() {
    return busy;
  }

  void setBusy(boolean now) {
    busy = now;
  }
}
