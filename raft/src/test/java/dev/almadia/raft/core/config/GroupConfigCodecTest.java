// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Bytes of configurations and numbers of replicas. */
final class GroupConfigCodecTest {
  private static final GroupConfig FORCED =
      new GroupConfig(List.of(1, 2, 3, 4), List.of(), List.of(5)).forcedTo(List.of(4, 2));
  private static final GroupConfig JOINT =
      new GroupConfig(
          List.of(1, 2, ReplicaId.of(3, 7)),
          List.of(1, 2, 3),
          List.of(ReplicaId.of(65_535, 32_767)));

  @Test
  void givesBackWhatItWasGiven() {
    for (GroupConfig config :
        List.of(JOINT, FORCED, GroupConfig.UNKNOWN, GroupConfig.ofVoters(List.of(9)))) {
      assertThat(GroupConfigCodec.decode(GroupConfigCodec.encode(config))).isEqualTo(config);
    }
  }

  @Test
  void refusesWhatIsCutOrLongerOrOfAnotherVersion() {
    refusesWhatIsNot(FORCED, 3);
    refusesWhatIsNot(JOINT, 2);
  }

  private static void refusesWhatIsNot(GroupConfig config, int version) {
    byte[] bytes = GroupConfigCodec.encode(config);
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThatIllegalArgumentException().isThrownBy(() -> GroupConfigCodec.decode(cut));
    }
    byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
    assertThatIllegalArgumentException().isThrownBy(() -> GroupConfigCodec.decode(longer));
    bytes[3] = (byte) version;
    assertThatIllegalArgumentException().isThrownBy(() -> GroupConfigCodec.decode(bytes));
  }

  @Test
  void whoIsNotForcedInIsBarredForGood() {
    assertThat(FORCED.voters()).containsExactly(2, 4);
    assertThat(FORCED.barred()).containsExactly(1, 3, 5);
    assertThat(FORCED.forcedTo(List.of(2)).barred()).containsExactly(1, 3, 4, 5);
  }

  @Test
  void aReplicaIsItsBrokerAndItsLife() {
    assertThat(ReplicaId.of(3, 0)).isEqualTo(3);
    int third = ReplicaId.of(65_535, 32_767);
    assertThat(third).isPositive();
    assertThat(ReplicaId.broker(third)).isEqualTo(65_535);
    assertThat(ReplicaId.life(third)).isEqualTo(32_767);
    assertThat(ReplicaId.show(ReplicaId.of(3, 2))).isEqualTo("3.2");
    assertThatIllegalArgumentException().isThrownBy(() -> ReplicaId.of(0, 0));
    assertThatIllegalArgumentException().isThrownBy(() -> ReplicaId.of(65_536, 0));
    assertThatIllegalArgumentException().isThrownBy(() -> ReplicaId.of(1, 32_768));
  }
}
