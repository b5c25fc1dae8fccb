// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.routing;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.metadata.BrokerImage;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.TopicImage;
import dev.almadia.broker.core.topics.TopicNames;
import dev.almadia.raft.core.Role;
import dev.almadia.raft.shard.GroupView;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.RoutingHint;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides where a call is done. Immutable; any thread may call if the sources may be read by any.
 *
 * <p>Two sources know leaders: the replica's own view if there is one here, and the table of what
 * brokers announced. The higher term wins; a term has one leader. A leader that has not committed
 * in its own term yet may not serve (bug class 11) and counts as none.
 */
public final class Router {
  private static final String METADATA = "(metadata)";

  private final int self;
  private final Supplier<MetadataImage> images;
  private final LeaderTable leaders;
  private final LongFunction<@Nullable GroupView> views;

  /**
   * A router of this broker.
   *
   * @param self this broker's id
   * @param views the local replica's view of a group, null if there is none
   */
  public Router(
      int self,
      Supplier<MetadataImage> images,
      LeaderTable leaders,
      LongFunction<@Nullable GroupView> views) {
    this.self = self;
    this.images = images;
    this.leaders = leaders;
    this.views = views;
  }

  /** Where a call about a partition is done. */
  public Route route(String topic, int partition, Hop hop) {
    MetadataImage image = images.get();
    TopicImage found = image.topic(topic);
    if (found == null) {
      return new Route.Refused(unknownTopic(image, topic));
    }
    if (partition < 0 || partition >= found.partitions().size()) {
      return new Route.Refused(
          Errors.partitionNotFound(topic, partition, found.partitions().size()));
    }
    return routeGroup(topic, partition, found.partitions().get(partition).groupId(), hop);
  }

  /** Where a call that changes metadata is done. */
  public Route routeMetadata(Hop hop) {
    return routeGroup(METADATA, 0, MetadataImage.METADATA_GROUP, hop);
  }

  /** The leader of a group as far as known here; {@link LeaderTable#NONE} if none is. */
  public LeaderTable.Leader leaderOf(long groupId) {
    LeaderTable.Leader told = leaders.leaderOf(groupId);
    GroupView view = views.apply(groupId);
    if (view == null || view.term() < told.term()) {
      return told;
    }
    if (view.leaderId() == 0) {
      return view.term() == told.term() ? told : LeaderTable.NONE;
    }
    return new LeaderTable.Leader(view.leaderId(), view.term());
  }

  /** Who leads, for clients; the default instance if nobody is known to. */
  public RoutingHint hint(long groupId) {
    LeaderTable.Leader leader = leaderOf(groupId);
    if (leader.brokerId() == 0) {
      return RoutingHint.getDefaultInstance();
    }
    return RoutingHint.newBuilder()
        .setLeaderBrokerId(leader.brokerId())
        .setEndpoint(endpointOf(leader.brokerId()))
        .setTerm(leader.term())
        .build();
  }

  private Route routeGroup(String topic, int partition, long groupId, Hop hop) {
    GroupView view = views.apply(groupId);
    if (view != null && view.role() == Role.LEADER) {
      return view.confirmed()
          ? new Route.Local(groupId, view.term())
          : new Route.NoLeader(Errors.noLeader(topic, partition));
    }
    LeaderTable.Leader leader = leaderOf(groupId);
    if (leader.brokerId() == 0 || leader.brokerId() == self) {
      return new Route.NoLeader(Errors.noLeader(topic, partition));
    }
    return switch (hop) {
      case PROXY -> new Route.Forward(leader.brokerId(), groupId);
      case DIRECT -> new Route.Refused(notLeader(topic, partition, leader));
      case FORWARDED -> new Route.NoLeader(notLeader(topic, partition, leader));
    };
  }

  private BrokerError notLeader(String topic, int partition, LeaderTable.Leader leader) {
    String endpoint = endpointOf(leader.brokerId());
    return BrokerError.of(
        ErrorReason.ERROR_REASON_NOT_LEADER,
        "Partition "
            + partition
            + " of topic '"
            + topic
            + "' is led by broker "
            + leader.brokerId()
            + " at "
            + endpoint,
        "topic",
        topic,
        "partition",
        partition,
        "leader_broker_id",
        leader.brokerId(),
        "leader_endpoint",
        endpoint,
        "term",
        leader.term());
  }

  private String endpointOf(int brokerId) {
    BrokerImage broker = images.get().brokers().get(brokerId);
    return broker == null ? "" : broker.endpoint();
  }

  private static BrokerError unknownTopic(MetadataImage image, String topic) {
    BrokerError badName = TopicNames.refusalOf("topic", topic);
    return badName != null ? badName : TopicNames.notFound(image, topic);
  }
}
