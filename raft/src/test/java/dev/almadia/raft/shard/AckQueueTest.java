// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.raft.core.EntryDraft;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AckQueueTest {
  private final List<String> heard = new ArrayList<>();
  private final AckQueue acks = new AckQueue();

  @Test
  void succeedsInOrderUpToTheIndexThatIsProven() {
    add(5, 10);
    add(5, 11);
    add(5, 12);

    acks.complete(11, nanos -> {});

    assertThat(heard).containsExactly("10 committed", "11 committed");
    assertThat(acks.pendingBytes()).isEqualTo(100);
  }

  @Test
  void whatIsNotProvenWhenLeadershipEndsIsUnknownThoughItsIndexIsCommittedLater() {
    add(5, 10);
    add(5, 11);

    acks.loseAfter(10);
    acks.complete(11, nanos -> {});

    assertThat(heard).containsExactly("11 OUTCOME_UNKNOWN", "10 committed");
    assertThat(acks.isEmpty()).isTrue();
    assertThat(acks.pendingBytes()).isZero();
  }

  @Test
  void theLostHearInTheOrderOfTheirIndexes() {
    add(5, 10);
    add(5, 11);
    add(5, 12);

    acks.loseAfter(10);

    assertThat(heard).containsExactly("11 OUTCOME_UNKNOWN", "12 OUTCOME_UNKNOWN");
  }

  private void add(long term, long index) {
    acks.add(new AckQueue.Ack(index, term, new Told(index), 100, 0));
  }

  private final class Told implements Proposal {
    private final long index;

    Told(long index) {
      this.index = index;
    }

    @Override
    public int costBytes() {
      return 100;
    }

    @Override
    public EntryDraft draft(Place place) {
      throw new AssertionError("was drafted already");
    }

    @Override
    public void onCommitted(long committedIndex, long term) {
      heard.add(committedIndex + " committed");
    }

    @Override
    public void onFailed(ProposalFailure failure) {
      heard.add(index + " " + failure);
    }
  }
}
