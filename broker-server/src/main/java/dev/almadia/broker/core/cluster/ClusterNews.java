// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.cluster;

import dev.almadia.broker.core.metadata.BrokerImage;
import dev.almadia.broker.core.metadata.ForcedNote;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataImage.PartitionOfTopic;
import dev.almadia.broker.core.metadata.OperationImage;
import dev.almadia.broker.core.metadata.PartitionImage;
import dev.almadia.broker.core.metadata.TopicImage;
import dev.almadia.broker.core.routing.LeaderTable;
import dev.almadia.broker.core.routing.LeaderTable.Leader;
import dev.almadia.v1.ClusterEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What has happened in the cluster between two sights of it, one line each, for people. Pure. What
 * came and went in between is not seen; operations are, because metadata keep them for a while.
 */
public final class ClusterNews {
  private final ClusterSight before;
  private final ClusterSight after;
  private final MetadataImage old;
  private final MetadataImage now;
  private final List<ClusterEvent> events = new ArrayList<>();

  private ClusterNews(ClusterSight before, ClusterSight after) {
    this.before = before;
    this.after = after;
    this.old = before.image();
    this.now = after.image();
  }

  /** Events without a time; brokers first, then what they led and held. */
  public static List<ClusterEvent> between(ClusterSight before, ClusterSight after) {
    ClusterNews news = new ClusterNews(before, after);
    news.links();
    if (news.old.revision() != news.now.revision()) {
      news.brokers();
      news.operations();
      news.topics();
      news.settings();
    }
    news.leaders();
    return news.events;
  }

  /** One line for each broker and running operation. */
  public static List<ClusterEvent> present(ClusterSight sight) {
    ClusterNews news = new ClusterNews(sight, sight);
    for (BrokerImage broker : sight.image().brokers().values()) {
      boolean isUp = sight.connected().contains(broker.brokerId());
      String zone = broker.zone().isEmpty() ? "" : ", zone " + broker.zone();
      news.add(
          "BROKER_PRESENT",
          name(broker),
          "broker "
              + broker.brokerId()
              + " at "
              + broker.endpoint()
              + " is "
              + (isUp ? broker.stateName() : "unreachable")
              + zone);
    }
    for (OperationImage operation : sight.image().runningOperations()) {
      news.add("OPERATION_PRESENT", operation.name(), title(operation) + " is running");
    }
    return news.events;
  }

  private void links() {
    for (BrokerImage broker : now.brokers().values()) {
      int id = broker.brokerId();
      boolean isUp = after.connected().contains(id);
      if (old.brokers().containsKey(id) && isUp != before.connected().contains(id)) {
        String text = isUp ? " is connected again" : " cannot be reached";
        event(isUp ? "BROKER_UP" : "BROKER_DOWN", name(broker), "broker " + id + text, 0);
      }
    }
  }

  private void brokers() {
    for (BrokerImage broker : now.brokers().values()) {
      BrokerImage known = old.brokers().get(broker.brokerId());
      String who = "broker " + broker.brokerId();
      if (known == null) {
        add("BROKER_JOINED", name(broker), who + " at " + broker.endpoint() + " has joined");
      } else if (!known.incarnation().equals(broker.incarnation())) {
        add("BROKER_DISK_REPLACED", name(broker), who + " came back with another disk");
      } else if (known.state() != broker.state()) {
        add(
            "BROKER_" + broker.stateName().toUpperCase(Locale.ROOT),
            name(broker),
            who + " is " + broker.stateName() + "; it was " + known.stateName());
      }
    }
    for (BrokerImage broker : old.brokers().values()) {
      if (!now.brokers().containsKey(broker.brokerId())) {
        add("BROKER_REMOVED", name(broker), "broker " + broker.brokerId() + " was removed");
      }
    }
  }

  private void operations() {
    for (OperationImage operation : now.operations().values()) {
      OperationImage known = old.operations().get(operation.id());
      if (known == null && operation.id() > old.revision()) {
        String by = operation.requestedBy().isEmpty() ? "" : " by " + operation.requestedBy();
        add("OPERATION_BEGUN", operation.name(), title(operation) + " has begun" + by);
      }
      boolean wasRunning = known == null ? operation.id() > old.revision() : known.isRunning();
      if (wasRunning && !operation.isRunning()) {
        String how =
            switch (operation.state()) {
              case OPERATION_STATE_DONE -> "done";
              case OPERATION_STATE_CANCELLED -> "cancelled";
              case OPERATION_STATE_FAILED -> "failed";
              case OPERATION_STATE_RUNNING, OPERATION_STATE_UNSPECIFIED, UNRECOGNIZED -> "over";
            };
        String why = operation.message().equals(how) ? "" : ": " + operation.message();
        add("OPERATION_ENDED", operation.name(), title(operation) + " is " + how + why);
      }
    }
  }

  private void topics() {
    for (TopicImage topic : now.topics().values()) {
      TopicImage known = old.topics().get(topic.name());
      String resource = "topics/" + topic.name();
      if (known == null || known.topicId() != topic.topicId()) {
        String what =
            topic.partitions().size()
                + " partitions, replication factor "
                + topic.replicationFactor();
        add("TOPIC_CREATED", resource, "topic '" + topic.name() + "' was created: " + what);
      } else if (known.changeRevision() != topic.changeRevision()) {
        changed(known, topic);
      }
    }
    for (TopicImage topic : old.topics().values()) {
      if (!now.topics().containsKey(topic.name())) {
        add("TOPIC_DELETED", "topics/" + topic.name(), "topic '" + topic.name() + "' was deleted");
      }
    }
  }

  private void changed(TopicImage known, TopicImage topic) {
    if (known.revision() != topic.revision()) {
      add("TOPIC_CHANGED", "topics/" + topic.name(), "topic '" + topic.name() + "' was changed");
    }
    for (PartitionImage partition : topic.partitions()) {
      PartitionImage was = known.partitions().get(partition.partition());
      String resource = new PartitionOfTopic(topic, partition).resource();
      if (was.targetRevision() != partition.targetRevision()) {
        add(
            "REPLICAS_MOVING",
            resource,
            "replicas go from " + was.replicas() + " to " + partition.replicas());
      }
      boolean wasMoving = !was.isSettled() || was.targetRevision() != partition.targetRevision();
      if (wasMoving && partition.isSettled()) {
        add("REPLICAS_MOVED", resource, "replicas are on brokers " + partition.replicas());
      }
    }
  }

  private void settings() {
    List<Integer> voters = now.metadataGroup().voterBrokers();
    if (!voters.equals(old.metadataGroup().voterBrokers())) {
      add("METADATA_VOTERS_CHANGED", "metadata", "brokers " + voters + " are to vote on metadata");
    }
    if (old.leaderBalancing() != now.leaderBalancing()) {
      boolean isOn = now.leaderBalancing();
      add(
          isOn ? "BALANCING_RESUMED" : "BALANCING_PAUSED",
          "cluster",
          "leaders are " + (isOn ? "" : "not ") + "moved to the brokers that are meant to lead");
    }
    for (ForcedNote note : now.forced()) {
      if (note.index() > old.revision()) {
        PartitionOfTopic placed = now.partitionOf(note.groupId());
        add("FORCED", placed == null ? "cluster" : placed.resource(), note.message());
      }
    }
  }

  private void leaders() {
    leader(MetadataImage.METADATA_GROUP, "metadata");
    for (PartitionOfTopic placed : now.partitionsByGroup().values()) {
      leader(placed.partition().groupId(), placed.resource());
    }
  }

  private void leader(long groupId, String resource) {
    Leader was = before.leaders().get(groupId);
    Leader is = after.leaders().get(groupId);
    if (is == null || is.equals(was)) {
      return;
    }
    int from = was == null ? LeaderTable.NONE.brokerId() : was.brokerId();
    if (is.brokerId() == 0) {
      if (from != 0) {
        event("LEADER_LOST", resource, "broker " + from + " leads no more, term " + is.term(), 0);
      }
      return;
    }
    String before = from == 0 || from == is.brokerId() ? "" : "; broker " + from + " led before";
    event(
        "LEADER_CHANGED",
        resource,
        "broker " + is.brokerId() + " leads, term " + is.term() + before,
        0);
  }

  private static String name(BrokerImage broker) {
    return "brokers/" + broker.brokerId();
  }

  private static String title(OperationImage operation) {
    return operation.kind().apiName() + " of " + operation.resource();
  }

  private void add(String type, String resource, String text) {
    event(type, resource, text, now.revision());
  }

  private void event(String type, String resource, String text, long revision) {
    events.add(
        ClusterEvent.newBuilder()
            .setType(type)
            .setResource(resource)
            .setText(text.replaceAll("\\p{Cntrl}+", " "))
            .setRevision(revision)
            .build());
  }
}
