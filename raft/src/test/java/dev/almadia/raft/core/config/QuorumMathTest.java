// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.almadia.raft.core.InvariantViolation;
import dev.almadia.raft.core.config.QuorumMath.VoteResult;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;

/** The algebra against a twin that tries every subset of brokers. */
class QuorumMathTest {
  private static final int BROKERS = 5;
  private static final long NUMBERS = 3;

  @Test
  void aNumberIsReachedIfSomeQuorumHasIt() {
    forAllConfigs(
        config -> {
          QuorumMath math = new QuorumMath(config);
          for (long code = 0; code < pow(NUMBERS, BROKERS); code++) {
            long numbers = code;
            assertThat(math.reachedByQuorum(broker -> digit(numbers, broker)))
                .as("%s, numbers %s", config, numbers)
                .isEqualTo(reachedByTwin(config, numbers));
          }
        });
  }

  @Test
  void aVoteIsWonByAQuorumAndLostWhenNoQuorumIsLeft() {
    forAllConfigs(
        config -> {
          QuorumMath math = new QuorumMath(config);
          for (long code = 0; code < pow(NUMBERS, BROKERS); code++) {
            long votes = code;
            // 0 is no answer, 1 is yes, 2 is no.
            IntPredicate yes = broker -> digit(votes, broker) == 1;
            IntPredicate notNo = broker -> digit(votes, broker) != 2;
            VoteResult expected =
                isQuorumByTwin(config, yes)
                    ? VoteResult.WON
                    : isQuorumByTwin(config, notNo) ? VoteResult.PENDING : VoteResult.LOST;
            assertThat(
                    math.voteResult(
                        broker -> digit(votes, broker) == 2 ? -1 : (int) digit(votes, broker)))
                .as("%s, votes %s", config, votes)
                .isEqualTo(expected);
            assertThat(math.isQuorum(yes)).isEqualTo(expected == VoteResult.WON);
          }
        });
  }

  @Test
  void twoQuorumsOfOneConfigurationAlwaysMeet() {
    forAllConfigs(
        config -> {
          QuorumMath math = new QuorumMath(config);
          for (int set = 0; set < 1 << BROKERS; set++) {
            int members = set;
            assertThat(math.isQuorum(in(members)) && math.isQuorum(in(~members)))
                .as("%s, %s", config, members)
                .isFalse();
          }
        });
  }

  @Test
  void learnersAreAskedForNothing() {
    QuorumMath math = new QuorumMath(new GroupConfig(List.of(1, 2, 3), List.of(), List.of(4, 5)));

    assertThat(math.isVoter(4)).isFalse();
    assertThat(math.isQuorum(in(0b11001))).isFalse();
    assertThat(math.reachedByQuorum(broker -> broker >= 4 ? 100 : broker)).isEqualTo(2);
  }

  @Test
  void withoutVotersEveryAnswerIsNo() {
    QuorumMath math = new QuorumMath(GroupConfig.UNKNOWN);

    assertThat(math.isQuorum(broker -> true)).isFalse();
    assertThat(math.voteResult(broker -> 1)).isEqualTo(VoteResult.LOST);
    assertThat(math.reachedByQuorum(broker -> 5)).isNegative();
    assertThatThrownBy(() -> new QuorumMath(new GroupConfig(List.of(), List.of(1), List.of())))
        .isInstanceOf(InvariantViolation.class);
  }

  private static long reachedByTwin(GroupConfig config, long numbers) {
    long best = -1;
    for (long number = 0; number < NUMBERS; number++) {
      long bound = number;
      if (isQuorumByTwin(config, broker -> digit(numbers, broker) >= bound)) {
        best = number;
      }
    }
    return best;
  }

  private static boolean isQuorumByTwin(GroupConfig config, IntPredicate members) {
    return isMajorityByTwin(config.voters(), members)
        && (config.outgoing().isEmpty() || isMajorityByTwin(config.outgoing(), members));
  }

  private static boolean isMajorityByTwin(List<Integer> half, IntPredicate members) {
    return half.stream().filter(members::test).count() * 2 > half.size();
  }

  private static void forAllConfigs(java.util.function.Consumer<GroupConfig> action) {
    for (int voters = 1; voters < 1 << BROKERS; voters++) {
      for (int outgoing = 0; outgoing < 1 << BROKERS; outgoing += 1 + voters % 3) {
        action.accept(new GroupConfig(brokers(voters), brokers(outgoing), List.of()));
      }
    }
  }

  private static List<Integer> brokers(int set) {
    List<Integer> brokers = new ArrayList<>();
    for (int broker = 1; broker <= BROKERS; broker++) {
      if (in(set).test(broker)) {
        brokers.add(broker);
      }
    }
    return brokers;
  }

  private static IntPredicate in(int set) {
    return broker -> broker <= BROKERS && (set >> (broker - 1) & 1) == 1;
  }

  private static long digit(long code, int broker) {
    return code / pow(NUMBERS, broker - 1) % NUMBERS;
  }

  private static long pow(long base, int exponent) {
    long result = 1;
    for (int i = 0; i < exponent; i++) {
      result *= base;
    }
    return result;
  }
}
