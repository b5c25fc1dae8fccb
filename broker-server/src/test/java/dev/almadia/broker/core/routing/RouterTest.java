// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.broker.core.Images;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.raft.core.Role;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.shard.GroupView;
import dev.almadia.v1.ErrorReason;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RouterTest {
  private static final long GROUP = MetadataImage.FIRST_PARTITION_GROUP;

  private final MetadataImage image = Images.with(Images.brokers(3), "orders", 1, 3);
  private final Map<Long, LeaderTable.Leader> told = new HashMap<>();
  private final Map<Long, GroupView> views = new HashMap<>();
  private final Router router =
      new Router(
          1, () -> image, id -> told.getOrDefault(id, LeaderTable.NONE), id -> views.get(id));

  @ParameterizedTest
  @EnumSource(Hop.class)
  void aConfirmedLeaderServesWhoeverAsks(Hop hop) {
    views.put(GROUP, view(Role.LEADER, 5, 1, true));

    assertThat(router.route("orders", 0, hop)).isEqualTo(new Route.Local(GROUP, 5));
  }

  @ParameterizedTest
  @EnumSource(Hop.class)
  void aLeaderThatIsNotConfirmedCountsAsNone(Hop hop) {
    views.put(GROUP, view(Role.LEADER, 5, 1, false));
    told.put(GROUP, new LeaderTable.Leader(2, 4));

    assertThat(reason(router.route("orders", 0, hop)))
        .isEqualTo(ErrorReason.ERROR_REASON_NO_LEADER);
  }

  @Test
  void anotherLeaderGetsTheCallOnce() {
    told.put(GROUP, new LeaderTable.Leader(2, 4));

    assertThat(router.route("orders", 0, Hop.PROXY)).isEqualTo(new Route.Forward(2, GROUP));
    assertThat(router.route("orders", 0, Hop.FORWARDED)).isInstanceOf(Route.NoLeader.class);
    assertThat(reason(router.route("orders", 0, Hop.FORWARDED)))
        .isEqualTo(ErrorReason.ERROR_REASON_NOT_LEADER);
    Route direct = router.route("orders", 0, Hop.DIRECT);
    assertThat(direct).isInstanceOf(Route.Refused.class);
    assertThat(((Route.Refused) direct).error().metadata())
        .containsEntry("leader_broker_id", "2")
        .containsEntry("leader_endpoint", "b2:1")
        .containsEntry("term", "4");
  }

  @Test
  void theHigherTermIsBelieved() {
    told.put(GROUP, new LeaderTable.Leader(2, 4));
    views.put(GROUP, view(Role.FOLLOWER, 5, 3, false));
    assertThat(router.route("orders", 0, Hop.PROXY)).isEqualTo(new Route.Forward(3, GROUP));

    told.put(GROUP, new LeaderTable.Leader(2, 6));
    assertThat(router.route("orders", 0, Hop.PROXY)).isEqualTo(new Route.Forward(2, GROUP));

    views.put(GROUP, view(Role.CANDIDATE, 7, 0, false));
    assertThat(router.route("orders", 0, Hop.PROXY)).isInstanceOf(Route.NoLeader.class);
    assertThat(router.hint(GROUP).getLeaderBrokerId()).isZero();
  }

  @Test
  void aTableThatNamesThisBrokerIsStaleIfTheReplicaDoesNotLead() {
    told.put(GROUP, new LeaderTable.Leader(1, 4));

    assertThat(router.route("orders", 0, Hop.PROXY)).isInstanceOf(Route.NoLeader.class);
  }

  @Test
  void whatDoesNotExistIsRefused() {
    assertThat(reason(router.route("ordrs", 0, Hop.PROXY)))
        .isEqualTo(ErrorReason.ERROR_REASON_TOPIC_NOT_FOUND);
    assertThat(reason(router.route("../x", 0, Hop.PROXY)))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(reason(router.route("orders", 1, Hop.PROXY)))
        .isEqualTo(ErrorReason.ERROR_REASON_PARTITION_NOT_FOUND);
    assertThat(reason(router.route("orders", -1, Hop.PROXY)))
        .isEqualTo(ErrorReason.ERROR_REASON_PARTITION_NOT_FOUND);
  }

  @Test
  void metadataIsChangedAtTheLeaderOfItsGroup() {
    assertThat(router.routeMetadata(Hop.PROXY)).isInstanceOf(Route.NoLeader.class);
    told.put(MetadataImage.METADATA_GROUP, new LeaderTable.Leader(3, 1));
    assertThat(router.routeMetadata(Hop.PROXY))
        .isEqualTo(new Route.Forward(3, MetadataImage.METADATA_GROUP));
  }

  private static ErrorReason reason(Route route) {
    if (route instanceof Route.NoLeader none) {
      return none.error().reason();
    }
    return ((Route.Refused) route).error().reason();
  }

  private static GroupView view(Role role, long term, int leader, boolean confirmed) {
    return new GroupView(
        GROUP,
        1,
        role,
        term,
        leader,
        confirmed,
        GroupConfig.ofVoters(List.of(1)),
        0,
        1,
        0,
        0,
        0,
        0,
        0,
        0,
        0);
  }
}
