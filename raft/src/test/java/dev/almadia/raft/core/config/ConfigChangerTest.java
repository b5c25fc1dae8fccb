// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;

/** The steps against a twin that tries every subset of replicas. */
class ConfigChangerTest {
  private static final int REPLICAS = 6;
  private static final IntPredicate ALL = replica -> true;

  @Test
  void whatMayFollowASimpleConfigurationAlwaysMeetsIt() {
    forRandom(
        2_000,
        random -> {
          GroupConfig committed = simple(random);
          List<GroupConfig> next = new ArrayList<>();
          for (int i = 0; i < 4; i++) {
            MemberTarget target = target(random);
            GroupConfig step = ConfigChanger.next(committed, true, target, someone(random));
            if (step != null) {
              next.add(step);
              GroupConfig back = next(step, false, wayBack(committed), ALL);
              if (back != null) {
                next.add(back);
              }
            }
          }
          for (GroupConfig one : next) {
            checkMeet(committed, one);
            next.forEach(other -> checkMeet(one, other));
          }
        });
  }

  @Test
  void whatMayFollowAJointConfigurationAlwaysMeetsIt() {
    forRandom(
        2_000,
        random -> {
          GroupConfig joint = joint(random);
          GroupConfig next = next(joint, true, target(random), someone(random));
          if (next != null) {
            assertThat(next.isJoint()).isFalse();
            checkMeet(joint, next);
          }
        });
  }

  @Test
  void repeatedStepsReachTheTargetAndStayThere() {
    forRandom(
        5_000,
        random -> {
          GroupConfig config = random.nextBoolean() ? simple(random) : joint(random);
          MemberTarget target = target(random);
          int steps = 0;
          for (GroupConfig next = config; next != null; steps++) {
            config = next;
            next = next(config, true, target, ALL);
          }
          assertThat(config.isAt(target)).as("%s to %s", config, target).isTrue();
          assertThat(steps).isLessThanOrEqualTo(5);
        });
  }

  @Test
  void nobodyBecomesVoterBeforeBeingCaughtUp() {
    forRandom(
        5_000,
        random -> {
          GroupConfig config = simple(random);
          IntPredicate caughtUp = someone(random);
          GroupConfig next = next(config, true, target(random), caughtUp);
          if (next != null) {
            assertThat(next.voters())
                .allMatch(voter -> config.voters().contains(voter) || caughtUp.test(voter));
          }
        });
  }

  /** Else the group stands still as soon as it is joint. */
  @Test
  void nothingIsLeftToAMajorityThatIsNotThere() {
    forRandom(
        5_000,
        random -> {
          IntPredicate caughtUp = someone(random);
          GroupConfig next = next(simple(random), true, target(random), caughtUp);
          if (next != null && next.isJoint()) {
            assertThat(2 * next.voters().stream().filter(caughtUp::test).count())
                .isGreaterThan(next.voters().size());
          }
        });
  }

  @Test
  void nothingFollowsWhatIsNotCommittedButTheWayBack() {
    forRandom(
        5_000,
        random -> {
          GroupConfig config = random.nextBoolean() ? simple(random) : joint(random);
          MemberTarget target = target(random);
          GroupConfig next = next(config, false, target, ALL);
          boolean isBack =
              config.isJoint()
                  && (target.voters().equals(config.outgoing())
                      || !target.voters().equals(config.voters()));
          assertThat(next != null).isEqualTo(isBack);
          if (next != null) {
            assertThat(next.voters()).isEqualTo(config.outgoing());
          }
        });
  }

  @Test
  void anOlderTargetIsIgnoredAndANewerOneIsNotedEvenIfNothingElseChanges() {
    GroupConfig config = new GroupConfig(List.of(1, 2, 3), List.of(), List.of(4), 7);

    assertThat(next(config, true, new MemberTarget(6, List.of(5), List.of()), ALL)).isNull();
    assertThat(next(config, true, new MemberTarget(7, List.of(1, 2, 3), List.of(4)), ALL)).isNull();
    assertThat(next(config, true, new MemberTarget(8, List.of(1, 2, 3), List.of(4)), ALL))
        .isEqualTo(new GroupConfig(List.of(1, 2, 3), List.of(), List.of(4), 8));
  }

  @Test
  void aVoterThatIsToStayAsLearnerKeepsFollowing() {
    GroupConfig joint = new GroupConfig(List.of(1, 2), List.of(1, 2, 3), List.of(), 1);

    assertThat(next(joint, true, new MemberTarget(1, List.of(1, 2), List.of(3)), ALL))
        .isEqualTo(new GroupConfig(List.of(1, 2), List.of(), List.of(3), 1));
  }

  @Test
  void aConfigurationSurvivesItsBytes() {
    forRandom(
        500,
        random -> {
          GroupConfig config = joint(random);
          assertThat(GroupConfigCodec.decode(GroupConfigCodec.encode(config))).isEqualTo(config);
        });
    assertThat(GroupConfigCodec.isValid(GroupConfigCodec.encode(GroupConfig.UNKNOWN))).isTrue();
    for (int length = 0; length < 24; length++) {
      assertThat(GroupConfigCodec.isValid(new byte[length])).isFalse();
    }
  }

  private static GroupConfig next(
      GroupConfig config, boolean isCommitted, MemberTarget target, IntPredicate isCaughtUp) {
    return ConfigChanger.next(config, isCommitted, target, isCaughtUp);
  }

  private static void checkMeet(GroupConfig one, GroupConfig other) {
    QuorumMath first = new QuorumMath(one);
    QuorumMath second = new QuorumMath(other);
    for (int set = 0; set < 1 << REPLICAS; set++) {
      int members = set;
      assertThat(first.isQuorum(in(members)) && second.isQuorum(in(~members)))
          .as("%s and %s, apart as %s", one, other, members)
          .isFalse();
    }
  }

  private static IntPredicate in(int set) {
    return replica -> (set >> (replica - 1) & 1) == 1;
  }

  private static void forRandom(int runs, Consumer<Random> action) {
    for (int seed = 0; seed < runs; seed++) {
      action.accept(new Random(seed));
    }
  }

  private static GroupConfig simple(Random random) {
    List<Integer> voters = some(random, List.of());
    return new GroupConfig(voters, List.of(), few(random, voters), random.nextInt(3));
  }

  private static GroupConfig joint(Random random) {
    List<Integer> voters = some(random, List.of());
    List<Integer> outgoing = some(random, List.of());
    TreeSet<Integer> both = new TreeSet<>(voters);
    both.addAll(outgoing);
    return new GroupConfig(voters, outgoing, few(random, List.copyOf(both)), random.nextInt(3));
  }

  private static MemberTarget target(Random random) {
    List<Integer> voters = some(random, List.of());
    return new MemberTarget(2 + random.nextInt(2), voters, few(random, voters));
  }

  private static MemberTarget wayBack(GroupConfig config) {
    return new MemberTarget(9, config.voters(), config.learners());
  }

  private static IntPredicate someone(Random random) {
    return in(random.nextInt(1 << REPLICAS));
  }

  private static List<Integer> some(Random random, List<Integer> but) {
    List<Integer> some = few(random, but);
    return some.isEmpty() ? List.of(1 + random.nextInt(REPLICAS)) : some;
  }

  private static List<Integer> few(Random random, List<Integer> but) {
    TreeSet<Integer> few = new TreeSet<>();
    for (int replica = 1; replica <= REPLICAS; replica++) {
      if (!but.contains(replica) && random.nextInt(2) == 0) {
        few.add(replica);
      }
    }
    return List.copyOf(few);
  }
}
