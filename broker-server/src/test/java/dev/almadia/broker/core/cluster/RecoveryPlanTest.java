// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.broker.core.Images;
import dev.almadia.broker.core.cluster.RecoveryPlan.Seen;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.config.ReplicaId;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What unsafe recovery would do and lose. */
class RecoveryPlanTest {
  private static final long GROUP = MetadataImage.FIRST_PARTITION_GROUP;
  private static final GroupConfig FIVE = GroupConfig.ofVoters(List.of(1, 2, 3, 4, 5));
  private static final GroupConfig THREE = GroupConfig.ofVoters(List.of(1, 2, 3));

  private final MetadataImage image = Images.with(Images.formed(5), "t", 1, 3);
  private final NavigableMap<Long, List<Seen>> seen = new TreeMap<>();

  @Test
  void aGroupThatHasAQuorumIsLeftAlone() {
    seen.put(0L, List.of(at(1, FIVE, 3, 10), at(2, FIVE, 3, 10), at(5, FIVE, 3, 10)));
    seen.put(GROUP, List.of(at(1, THREE, 1, 1), at(2, THREE, 1, 1)));

    assertThat(plan(3, 4).groups()).isEmpty();
  }

  @Test
  void theReplicaWithTheGreatestLastEntryGoesOnWithAllThatAreLeft() {
    seen.put(0L, List.of(at(1, FIVE, 3, 90), at(2, FIVE, 4, 10)));

    RecoveryPlan.Group group = plan(3, 4, 5).groups().get(0);

    assertThat(group.groupId()).isZero();
    assertThat(group.survivor()).isEqualTo(at(2, FIVE, 4, 10));
    assertThat(group.voters()).containsExactly(1, 2);
    assertThat(group.loss())
        .contains("[3, 4, 5]", "broker 2 has not got", "index 10 of term 4")
        .doesNotContain("\n");
    seen.put(0L, List.of(at(1, FIVE, 4, 90), at(2, FIVE, 4, 10)));
    assertThat(plan(3, 4, 5).groups().get(0).survivor()).isEqualTo(at(1, FIVE, 4, 90));
  }

  @Test
  void bothQuorumsOfAJointConfigurationAreNeeded() {
    GroupConfig joint = new GroupConfig(List.of(1, 2, 4), List.of(1, 2, 3), List.of(), 7);
    seen.put(GROUP, List.of(at(1, joint, 2, 5), at(4, joint, 2, 5)));

    assertThat(plan(2, 3).groups())
        .singleElement()
        .satisfies(group -> assertThat(group.voters()).containsExactly(1, 4));
  }

  @Test
  void whoWasNeverAMemberIsNoReplicaToGoOnWith() {
    seen.put(
        GROUP, List.of(at(4, GroupConfig.UNKNOWN, 9, 99), at(5, THREE, 9, 99), at(3, THREE, 2, 5)));

    RecoveryPlan.Group group = plan(1, 2).groups().get(0);

    assertThat(group.survivor()).isEqualTo(at(3, THREE, 2, 5));
    assertThat(group.voters()).containsExactly(3);
  }

  @Test
  void anOlderLifeIsNotTheReplicaThatVotes() {
    int next = ReplicaId.of(2, 1);
    GroupConfig config = GroupConfig.ofVoters(List.of(1, next, 3));
    seen.put(GROUP, List.of(at(1, config, 2, 5), at(2, THREE, 1, 50)));

    RecoveryPlan.Group group = plan(3).groups().get(0);

    assertThat(group.survivor()).isEqualTo(at(1, config, 2, 5));
    assertThat(group.voters()).containsExactly(1);
  }

  @Test
  void ofWhatIsLostWithAllReplicasNothingIsKept() {
    List<Integer> replicas = image.topic("t").partitions().get(0).replicas();
    RecoveryPlan plan = RecoveryPlan.of(image, new TreeSet<>(replicas), seen);

    assertThat(plan.groups())
        .singleElement()
        .satisfies(
            group -> {
              assertThat(group.survivor()).isNull();
              assertThat(group.voters()).isEmpty();
              assertThat(group.loss()).contains("all its records", replicas.toString());
            });
  }

  @Test
  void theConfirmationFitsThisPlanAlone() {
    seen.put(0L, List.of(at(1, FIVE, 3, 90), at(2, FIVE, 4, 10)));
    String confirm = plan(3, 4, 5).confirm();

    assertThat(confirm).startsWith("lose-3-4-5-");
    assertThat(plan(3, 4, 5).confirm()).isEqualTo(confirm);
    seen.put(0L, List.of(at(1, FIVE, 3, 90), at(2, FIVE, 4, 11)));
    assertThat(plan(3, 4, 5).confirm()).isNotEqualTo(confirm);
    seen.put(0L, List.of(at(2, FIVE, 4, 10)));
    assertThat(plan(3, 4, 5).confirm()).isNotEqualTo(confirm);
  }

  private RecoveryPlan plan(Integer... lost) {
    return RecoveryPlan.of(image, new TreeSet<>(Set.of(lost)), seen);
  }

  private static Seen at(int replicaId, GroupConfig config, long term, long index) {
    return new Seen(replicaId, config, term, index, index);
  }
}
