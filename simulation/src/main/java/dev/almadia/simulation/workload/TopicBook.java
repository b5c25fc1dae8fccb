// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.workload;

import dev.almadia.simulation.kernel.SimRandom;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Topics that the clients know of. */
final class TopicBook {
  private final List<KnownTopic> topics = new ArrayList<>();

  void add(KnownTopic topic) {
    topics.add(topic);
  }

  void remove(KnownTopic topic) {
    topics.remove(topic);
  }

  /** All that nobody wants to delete. */
  List<KnownTopic> open() {
    return topics.stream().filter(KnownTopic::isOpen).toList();
  }

  /** One of them, null if there is none. */
  @Nullable KnownTopic pick(SimRandom random) {
    List<KnownTopic> open = open();
    return open.isEmpty() ? null : random.pick(open);
  }
}
