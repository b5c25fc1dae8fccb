// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.raft.core.Message;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.raft.link.GroupMessage;
import java.util.List;
import org.junit.jupiter.api.Test;

class BatchChecksTest {
  private final BatchChecks checks = new BatchChecks(1);

  private static GroupMessage message(int from, int to) {
    return new GroupMessage(7, new Message.TimeoutNow(from, to, 3));
  }

  @Test
  void passesWhatIsOfTheLinksBrokerToThisOneInAnyLife() {
    List<GroupMessage> messages =
        List.of(message(2, 1), message(ReplicaId.of(2, 5), ReplicaId.of(1, 9)));

    assertThat(checks.sound(2, messages)).isSameAs(messages);
    assertThat(checks.dropped()).isZero();
  }

  @Test
  void dropsAndCountsWhatIsOfAnotherBrokerOrToOne() {
    List<GroupMessage> messages =
        List.of(message(3, 1), message(2, 1), message(2, 3), message(-65_534, 1), message(2, 0));

    assertThat(checks.sound(2, messages)).containsExactly(message(2, 1));
    assertThat(checks.dropped()).isEqualTo(4);
  }
}
