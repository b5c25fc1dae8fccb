// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.TopicImage;
import dev.almadia.broker.core.routing.Hop;
import dev.almadia.broker.core.topics.TopicNames;
import dev.almadia.broker.server.BrokerContext;
import dev.almadia.raft.core.Role;
import dev.almadia.raft.shard.GroupView;

/**
 * Finds topics. A topic may have been created through another broker a moment ago and be on its way
 * here, so a broker that does not lead the metadata waits a little before it says that there is
 * none.
 */
final class TopicLookup {
  /** Longest wait; a follower of the metadata hears of a commit within a heartbeat. */
  private static final long WAIT_MS = 300;

  private final BrokerContext broker;

  TopicLookup(BrokerContext broker) {
    this.broker = broker;
  }

  /** Gives the topic, at once if it is known here. */
  void find(String name, CallInfo call, Reply<TopicImage> reply) {
    TopicImage topic = broker.image().topic(name);
    if (topic != null && call.topicId() != 0 && topic.topicId() != call.topicId()) {
      // One of the two brokers has not heard yet that the name is another topic's now.
      reply.failed(TopicNames.notFound(broker.image(), name));
      return;
    }
    if (topic != null) {
      reply.done(topic);
      return;
    }
    BrokerError badName = TopicNames.refusalOf("topic", name);
    if (badName != null) {
      reply.failed(badName);
    } else if (call.hop() == Hop.FORWARDED || leadsMetadata()) {
      reply.failed(TopicNames.notFound(broker.image(), name));
    } else {
      findLater(name, Patience.of(broker, call.deadline(), WAIT_MS), reply);
    }
  }

  private void findLater(String name, Patience patience, Reply<TopicImage> reply) {
    long pauseMs = patience.nextPauseMs();
    if (pauseMs < 0) {
      reply.failed(TopicNames.notFound(broker.image(), name));
      return;
    }
    Later.run(
        broker,
        () -> {
          TopicImage topic = broker.image().topic(name);
          if (topic != null) {
            reply.done(topic);
          } else {
            findLater(name, patience, reply);
          }
        },
        pauseMs);
  }

  private boolean leadsMetadata() {
    GroupView view = broker.groups().view(MetadataImage.METADATA_GROUP);
    return view != null && view.role() == Role.LEADER && view.confirmed();
  }
}
