// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import dev.almadia.raft.core.Message;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.raft.link.GroupMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * Looks at what a link brought before any group does: a broker speaks only for its own replicas,
 * and only to replicas here. Anything else comes of a defect, and could count as the vote of one
 * who never gave it. Which life is meant, the groups know. Any thread.
 */
final class BatchChecks {
  private final int selfBroker;
  private final LongAdder dropped = new LongAdder();

  BatchChecks(int selfBroker) {
    this.selfBroker = selfBroker;
  }

  /** The messages that may pass, in order; the same list if all may. */
  List<GroupMessage> sound(int fromBroker, List<GroupMessage> messages) {
    for (GroupMessage message : messages) {
      if (!isSound(fromBroker, message.message())) {
        return withoutForeign(fromBroker, messages);
      }
    }
    return messages;
  }

  private List<GroupMessage> withoutForeign(int fromBroker, List<GroupMessage> messages) {
    List<GroupMessage> sound = new ArrayList<>(messages.size());
    for (GroupMessage message : messages) {
      if (isSound(fromBroker, message.message())) {
        sound.add(message);
      }
    }
    dropped.add(messages.size() - sound.size());
    return sound;
  }

  private boolean isSound(int fromBroker, Message message) {
    return ReplicaId.broker(message.from()) == fromBroker
        && ReplicaId.broker(message.to()) == selfBroker
        && ReplicaId.life(message.from()) <= ReplicaId.LIFE_MAX
        && ReplicaId.life(message.to()) <= ReplicaId.LIFE_MAX;
  }

  /** Messages dropped since the start. */
  long dropped() {
    return dropped.sum();
  }
}
